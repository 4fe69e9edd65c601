using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// One client's virtual session: the settings it has made, and what statements on their way may change.
/// </summary>
/// <remarks>
/// Desired is what a server connection must have before this client's next statement. It starts as the
/// client's baseline (its start-up parameters), and RESET leads back to that, not to the server's own
/// defaults: the baseline is brought back at the server, within the same transaction.
/// </remarks>
internal sealed class ClientState(SettingsSet baseline, SettingsSet told)
{
    /// <summary>Effects that leave something to look after when the transaction is over.</summary>
    public const StatementEffects Followed = ~(StatementEffects.TransactionStart
        | StatementEffects.TransactionEnd | StatementEffects.Savepoint | StatementEffects.Copy
        | StatementEffects.Multiple | StatementEffects.LocalSettings | StatementEffects.Notify
        | StatementEffects.DeclareCursor | StatementEffects.DiscardPlans | StatementEffects.ChannelRead);

    private const StatementEffects HiddenSettings =
        StatementEffects.SettingsUnknown | StatementEffects.Opaque;

    private const StatementEffects ObjectMakers = StatementEffects.TempObject | StatementEffects.AdvisoryLock
        | StatementEffects.HoldCursor | StatementEffects.Opaque;

    private const StatementEffects ObjectEnders = StatementEffects.TempMayEnd
        | StatementEffects.AdvisoryUnlock | StatementEffects.CursorMayEnd | StatementEffects.Unlisten
        | StatementEffects.DiscardAll | StatementEffects.DiscardTemp | StatementEffects.Opaque;

    private StatementEffects _effects;
    private StatementEffects _asked;
    private List<KeyValuePair<string, string>>? _owedBaseline;
    private bool _wasDiscarded;
    private bool _asksSettings;
    private HashSet<string>? _names;
    private SettingsSet _reportedBefore = told;
    private SettingsSet _told = told;

    public SettingsSet Baseline { get; } = baseline;

    public SettingsSet Desired { get; set; } = baseline;

    /// <summary>The parameters as the client was last told them.</summary>
    public SettingsSet Told
    {
        get => _told;
        set
        {
            if (ReferenceEquals(_told, value))
                return;
            _told = value;
            ConformingStrings = IsConforming(value);
        }
    }

    /// <summary>What the client was told at its start, and is to be told when all is discarded.</summary>
    public SettingsSet FirstTold { get; } = told;

    /// <summary>standard_conforming_strings of this session: how its texts are to be read.</summary>
    public bool ConformingStrings { get; private set; } = IsConforming(told);

    /// <summary>With a temporary schema on its path a plain CREATE makes a temporary object.</summary>
    public bool HasTemporaryPath => Desired.HasTemporaryPath || Told.HasTemporaryPath;

    public StatementEffects Pending => _effects;

    /// <summary>What may have been done here since the server last said how its session stands.</summary>
    public StatementEffects Unsettled => _effects | _asked;

    /// <summary>What the client's statements have set or made here, the server alone knows so far.</summary>
    public bool HasUnsettledState => _asksSettings || _names is { Count: > 0 }
        || (Unsettled & (StatementEffects.ResetsAllSettings | HiddenSettings | ObjectMakers)) != 0;

    /// <summary>A statement has failed since the last question: what it set may not have been set.</summary>
    public bool HadError { get; set; }

    /// <summary>Nothing happened that must be looked after.</summary>
    public bool IsSettled(ServerSession server) =>
        _effects == 0 && ReferenceEquals(server.Reported, _reportedBefore);

    /// <summary>More settings were made in one transaction than are asked for.</summary>
    public bool HasTooManyNames { get; private set; }

    public void BeginLease(ServerSession server) => _reportedBefore = server.Reported;

    /// <summary>
    /// A RESET on its way leads below the client's baseline, which must then be brought back.
    /// </summary>
    public bool OwesBaseline => _owedBaseline is { Count: > 0 };

    /// <summary>What must be brought back now.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> TakeOwedBaseline()
    {
        IReadOnlyList<KeyValuePair<string, string>> owed = _owedBaseline ?? [];
        _owedBaseline = null;
        return owed;
    }

    /// <summary>
    /// The server has the baseline again; what else it has is asked when the transaction is over.
    /// </summary>
    public void OnBaselineRestored(ServerSession server)
    {
        if (server.Applied.Count == 0)
            server.Applied = Baseline;
    }

    /// <summary>Code that no text shows may have run: what the session holds must be asked.</summary>
    public void NoteHiddenObjects() => _effects |= StatementEffects.AdvisoryLock;

    /// <summary>
    /// The transaction is gone with its server: what it was about to change has not happened.
    /// </summary>
    public void Forget()
    {
        _effects = _asked = StatementEffects.None;
        _asksSettings = false;
        _names = null;
        _owedBaseline = null;
        HasTooManyNames = false;
    }

    /// <summary>A statement with these traits is being sent.</summary>
    public void Note(StatementTraits traits)
    {
        _effects |= traits.Effects & Followed;
        NoteOwedBaseline(traits);
        if (traits.SettingNames.IsEmpty)
            return;
        foreach (var name in traits.SettingNames)
            NoteName(name);
        // With the session's authorization its role is another one as well.
        if (traits.Has(StatementEffects.Identity))
            NoteName(SettingNames.Role);
    }

    /// <summary>Settings of these names may be set by what is being sent.</summary>
    public void NoteNames(List<string> names)
    {
        foreach (var name in names)
            NoteName(name);
    }

    /// <summary>A group is answered: what it has discarded is discarded for good.</summary>
    public void OnGroupAnswered() => _wasDiscarded = false;

    /// <summary>
    /// An error undoes the rest of its group: behind a DISCARD ALL, which nothing undoes, the baseline that
    /// was brought back as well. A RESET of that group was not done, or is undone.
    /// </summary>
    /// <param name="isLast">Nothing was sent behind that group.</param>
    public void OnError(bool isLast)
    {
        HadError = true;
        if (isLast)
            _owedBaseline = null;
        if (_wasDiscarded && Baseline.Count > 0)
            _owedBaseline = [.. Baseline.Items];
    }

    /// <summary>DISCARD ALL was done: the session is as it was at its start.</summary>
    public void ResetAll(ServerSession? server)
    {
        Desired = Baseline;
        // Where the baseline differs from the server's own values it is brought back at once.
        if (server is not null)
            server.Applied = Baseline;
        _wasDiscarded = server is not null;
        HasTooManyNames = false;
        // What stands behind it in the pipeline has noted its names already; those before it are not set.
        HadError |= _names is not null;
    }

    /// <summary>
    /// Between transactions: takes over what the reports tell, and says what only the server can tell.
    /// </summary>
    /// <param name="isPinned">Something is held that may have ended.</param>
    /// <returns>The question to the server; null: everything is known.</returns>
    public StateProbe? Settle(ClientRelay client, ServerSession server, bool isPinned)
    {
        var effects = _effects;
        _effects = 0;
        TakeReported(server);
        if ((effects & StatementEffects.ResetsAllSettings) != 0)
        {
            foreach (var (name, _) in Desired.Items)
                Ask(name);
            foreach (var (name, _) in Baseline.Items)
                Ask(name);
        }
        var asked = NamesToAsk(server);
        var asksObjects = (effects & ObjectMakers) != 0 || (isPinned && (effects & ObjectEnders) != 0);
        var asksAll = (effects & HiddenSettings) != 0;
        if (asked.Count == 0 && !asksObjects && !asksAll)
            return null;
        _asked = effects;
        _asksSettings = asksAll || asked.Count > 0;
        var hadError = HadError;
        HadError = false;
        return new StateProbe(client, asked, asksObjects, asksAll, hadError);
    }

    /// <summary>What the server answered.</summary>
    public void Take(StateProbe probe, ServerSession server, string user)
    {
        _asked = StatementEffects.None;
        _asksSettings = false;
        foreach (var (name, value) in probe.Values)
        {
            if (!ReplayRules.IsNoState(name))
                Set(server, name, value, user);
        }
        foreach (var name in probe.Unanswered())
            Set(server, name, null, user);
    }

    private void NoteName(string name)
    {
        if (_names is { Count: >= Limits.SettingsPerSessionMax } && !_names.Contains(name))
            HasTooManyNames = true;
        else
            Ask(name);
    }

    private void Ask(string name) =>
        (_names ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(name);

    private void NoteOwedBaseline(StatementTraits traits)
    {
        if (Baseline.Count == 0)
            return;
        if (traits.Has(StatementEffects.DiscardAll))
        {
            _owedBaseline = [.. Baseline.Items];
            return;
        }
        if (traits.Has(StatementEffects.ResetsAllSettings))
        {
            // Who the session is stays as it is.
            foreach (var (name, _) in Baseline.Items)
            {
                if (name.ToLowerInvariant() is not (SettingNames.Role or SettingNames.SessionAuthorization))
                    Owe(name);
            }
        }
        if (!traits.Has(StatementEffects.ResetsSettings))
            return;
        foreach (var name in traits.SettingNames)
        {
            Owe(name);
            // With the session's authorization its role is reset as well.
            if (name == SettingNames.SessionAuthorization)
                Owe(SettingNames.Role);
        }
    }

    private void Owe(string name)
    {
        if (Baseline.TryGet(name, out var value))
            (_owedBaseline ??= []).Add(KeyValuePair.Create(name, value));
    }

    private void Set(ServerSession server, string name, string? value, string user)
    {
        var isGone = value is null
            || (name == SettingNames.Role && value == "none")
            || (name == SettingNames.SessionAuthorization && value == user);
        server.Applied = isGone ? server.Applied.Without(name) : server.Applied.With(name, value!);
        if (!ReplayRules.StaysBehind(name))
            Desired = isGone ? Desired.Without(name) : Desired.With(name, value!);
    }

    /// <summary>
    /// Reports are exact, functions and rollbacks included: no question is needed for what they tell.
    /// </summary>
    private void TakeReported(ServerSession server)
    {
        if (ReferenceEquals(server.Reported, _reportedBefore))
            return;
        foreach (var (name, value) in server.Reported.Items)
        {
            if (_reportedBefore.TryGet(name, out var before) && before == value)
                continue;
            if (IsSettable(name))
                Set(server, name, value, "");
            else if (name is "is_superuser" or SettingNames.SessionAuthorization)
            {
                Ask(SettingNames.Role);
                Ask(SettingNames.SessionAuthorization);
            }
        }
        _reportedBefore = server.Reported;
        Told = server.Reported;
    }

    private List<string> NamesToAsk(ServerSession server)
    {
        var asked = new List<string>();
        foreach (var name in _names ?? [])
        {
            if (ReplayRules.IsNoState(name))
                continue;
            // A report that has not changed is an answer too.
            if (IsSettable(name) && server.Reported.TryGet(name, out var value))
            {
                if (Desired.TryGet(name, out _) || server.Applied.TryGet(name, out _))
                    Set(server, name, value, "");
                continue;
            }
            asked.Add(name);
        }
        _names = null;
        return asked;
    }

    private static bool IsConforming(SettingsSet reported) =>
        !reported.TryGet("standard_conforming_strings", out var value) || value != "off";

    private static bool IsSettable(string reported) => reported.ToLowerInvariant() is not (
        "in_hot_standby" or "is_superuser" or "server_version" or "server_encoding" or "integer_datetimes"
        or "session_authorization");
}
