using System.Text;
using Sento.Base;
using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// One client's virtual session: what it has set, and what its statements on their way may change. Loop
/// thread only.
/// </summary>
internal sealed class ClientState(StateSet baseline, TargetFacts facts)
{
    private List<string>? _asked;
    private List<string>? _named;
    private StateSet _desired = baseline;
    private ScanMode? _mode;
    private bool _hasAskedNames;
    private StatementTraits? _sent;
    private StatementEffects _effectsBefore;
    private bool _explains;
    private bool _isOneOfSeveral;
    private int _namedBefore;

    public StateSet Baseline { get; private set; } = baseline;

    /// <summary>What a server connection must have before this client's next statement.</summary>
    public StateSet Desired
    {
        get => _desired;
        private set
        {
            if (ReferenceEquals(_desired, value))
                return;
            _desired = value;
            _mode = null;
        }
    }

    /// <summary>What statements since the last boundary may have changed.</summary>
    public StatementEffects Effects { get; private set; }

    /// <summary>
    /// The server has reported a change that it does not name and that the text of its statement does not
    /// tell.
    /// </summary>
    public bool HasUnnamedChange { get; private set; }

    /// <summary>A variable was set whose value can't be brought elsewhere.</summary>
    public bool HasUnreplayable { get; private set; }

    /// <summary>A value must be asked for at the next boundary.</summary>
    public bool HasQuestions => _asked is not null;

    /// <summary>Of some variables the server has other values than are known here.</summary>
    public bool HasUnknown => HasQuestions || _named is not null || (!_hasAskedNames
        && (Effects & (StatementEffects.Names | StatementEffects.CharacterSet)) != 0);

    /// <summary>What the last statements have set or made, the server alone knows so far.</summary>
    public bool HasUnsettled => HasUnnamedChange || HasQuestions
        || (Effects & ~StatementEffects.EndsTransaction) != StatementEffects.None;

    /// <summary>Something is not dealt with yet that the last statements may have left.</summary>
    public bool IsUnsettled => Effects != StatementEffects.None || HasUnnamedChange || HasUnreplayable
        || HasUnknown;

    /// <summary>How texts of this session are to be read.</summary>
    public ScanMode Mode => _mode ??= ModeOf();

    /// <summary>A statement with these traits, be there any, is being sent.</summary>
    public void Begin(StatementTraits traits)
    {
        _explains = traits.Has(StatementScanner.Explaining) && !traits.Has(StatementEffects.CallsFunctions);
        _isOneOfSeveral = traits.Has(StatementEffects.Multiple);
    }

    /// <summary>
    /// A statement with these traits is being prepared: the server makes the variables that it would set.
    /// </summary>
    public void NotePrepared(StatementTraits traits)
    {
        foreach (var (name, _) in traits.Literals)
            Ask(StateNames.UserVariable(name));
        foreach (var name in traits.SettingNames)
        {
            if (name[0] == '@')
                Ask(NameFor(name));
        }
        Effects |= traits.Effects & StatementEffects.UserVariables;
    }

    /// <summary>A statement with these traits is being sent.</summary>
    public void Note(StatementTraits traits)
    {
        _hasAskedNames &= !traits.Has(StatementEffects.Names | StatementEffects.CharacterSet);
        _effectsBefore = Effects;
        _namedBefore = _named?.Count ?? 0;
        Effects |= traits.Effects;
        _sent = traits;
        if (!traits.SettingNames.IsEmpty)
            (_named ??= []).AddRange(traits.SettingNames);
    }

    /// <summary>The statement noted last, whose reply is not complete, has one of these effects.</summary>
    public bool IsSent(StatementEffects any) => _sent is { } sent && sent.Has(any);

    /// <summary>The statement noted last did not run: the server could not even read it.</summary>
    /// <returns>False: it may have run code, which may have met the same error.</returns>
    public bool ForgetNoted()
    {
        if (_sent is not { } sent)
            return true;
        if (sent.Has(StatementEffects.RunsCode))
            return false;
        _sent = null;
        Effects = _effectsBefore;
        _named?.RemoveRange(_namedBefore, _named.Count - _namedBefore);
        return true;
    }

    /// <summary>Named objects on the server connection.</summary>
    public HeldObjects Held { get; } = new();

    /// <summary>All named locks have been given up since the last boundary.</summary>
    public bool HasReleasedLocks { get; private set; }

    /// <summary>The reply to the statement noted last is complete.</summary>
    /// <returns>True: the server ends the session with it.</returns>
    public bool Confirm(ServerSession server, bool hasFailed)
    {
        if (_sent is not { } sent)
            return false;
        _sent = null;
        if (hasFailed)
        {
            // It may have made them, and others behind it.
            foreach (var (name, _) in sent.Literals)
                Ask(StateNames.UserVariable(name));
            return false;
        }
        foreach (var (name, literal) in sent.Literals)
            SetLiteral(server, StateNames.UserVariable(name), literal);
        foreach (var held in sent.Held)
            Held.Apply(held, Desired.Schema);
        if (sent.Has(StatementEffects.NamedLocks))
            HasReleasedLocks = false;
        else if (sent.Has(StatementEffects.ReleasesAllLocks))
            HasReleasedLocks = true;
        return sent.Has(StatementEffects.EndsSession) || (sent.Has(StatementEffects.EndsTransaction)
            && Desired.TryGet("completion_type", out var ending) && ending is "RELEASE" or "2");
    }

    private void SetLiteral(ServerSession server, string name, string literal) => Set(server, name,
        literal != "NULL" ? Introduced(literal)
        : Desired.TryGet(name, out var text) ? UserVariable.NullInPlaceOf(text) : UserVariable.Null);

    /// <summary>A text has the character set and collation of the session that has written it.</summary>
    private string Introduced(string literal) => literal[0] != '\'' ? literal
        : Desired.TryGet(StateNames.CharsetConnection, out var charset)
            && Desired.TryGet(StateNames.CollationConnection, out var collation)
            ? $"_{charset}{literal}' COLLATE `{collation}`" : literal + "'";

    /// <summary>SET NAMES was answered without a server: what it leads to is known.</summary>
    public void TakeNames(StateSet next) => Desired = next;

    /// <summary>Takes over what an OK tells, on the server's side and on the client's.</summary>
    public void Take(ServerSession server, in OkPacket ok)
    {
        var isAutocommit = (ok.Status & ServerStatus.Autocommit) != 0 ? "1" : "0";
        Set(server, StateNames.Autocommit, isAutocommit);
        if (ok.Changes.IsEmpty)
            return;
        var changes = new TrackerReader(ok.Changes);
        bool hasChanged = false, isNamed = false;
        while (changes.Next())
        {
            switch (changes.Kind)
            {
                case TrackerKind.Schema:
                    isNamed = true;
                    TakeSchema(server, changes.Value);
                    break;
                case TrackerKind.StateChange:
                    hasChanged = true;
                    break;
                case TrackerKind.Variable:
                    isNamed = true;
                    TakeVariable(server, changes.Name, changes.Value);
                    break;
            }
        }
        // Of several statements in one text, which of them has changed what does not show otherwise.
        HasUnnamedChange |= hasChanged && !(_explains && (isNamed || !_isOneOfSeveral));
    }

    /// <summary>At a boundary: variables whose values only a question brings; null: none.</summary>
    /// <param name="hadError">What a failed statement has set may have been reported to nobody.</param>
    public List<string>? TakeQuestions(bool hadError)
    {
        if ((Effects & (StatementEffects.Names | StatementEffects.CharacterSet)) != 0 && !_hasAskedNames)
            Ask(StateNames.CollationConnection);
        _hasAskedNames = true;
        if ((Effects & StatementEffects.SetsInsertId) != 0)
            Ask(StateNames.InsertId);
        Effects &= ~StatementEffects.SetsInsertId;
        foreach (var name in _named ?? [])
        {
            // Where the server has reported it, the value is known already.
            if (!hadError && _reported?.Contains(name) == true && !StateNames.IsTracking(name))
                continue;
            if (StateNames.IsUnreplayable(name))
                HasUnreplayable = true;
            else if (name != StateNames.Autocommit)
                Ask(NameFor(name));
        }
        _named = null;
        _reported = null;
        var asked = _asked;
        _asked = null;
        return asked;
    }

    private HashSet<string>? _reported;

    /// <summary>What the server answered.</summary>
    public void Take(ServerSession server, StateProbe probe)
    {
        for (var i = 0; i < probe.Names.Count; i++)
        {
            if (StateNames.IsTracking(probe.Names[i])) server.OwesTracking = true;
            else if (StateNames.IsUserVariable(probe.Names[i])) TakeUserVariable(server, probe, i);
            else if (probe.Names[i] != StateNames.InsertId)
                Set(server, probe.Names[i], probe.ValueOf(i) ?? "");
            if (probe.Names[i] is StateNames.CollationConnection or StateNames.CharsetResults)
                TakeResults(server, probe.DefinitionOf(i));
        }
        HasUnreplayable |= probe.HasUncarriable;
    }

    /// <summary>What texts are told in shows in the definition of each column of texts.</summary>
    private void TakeResults(ServerSession server, in ColumnDefinition column)
    {
        var (charset, collation) = facts.NamesOf(column.Charset);
        if (Desired.TryGet(StateNames.CharsetResults, out var results) && results == charset)
            Set(server, StateNames.CollationResults, collation);
        else
            Unset(server, StateNames.CollationResults);
    }

    private void TakeUserVariable(ServerSession server, StateProbe probe, int index)
    {
        var (name, value, column) =
            (probe.Names[index], probe.ValueOf(index), probe.DefinitionOf(index));
        if (UserVariable.IsUnknown(column, value))
        {
            Unset(server, name);
            return;
        }
        var collation = probe.CollationOf(index);
        if (UserVariable.TextOf(column, value, collation, facts.CharsetOf(collation)) is { } text)
            Set(server, name, text);
        else
            NoteBetween(StatementEffects.UserVariables);
    }

    /// <summary>Whatever becomes of the statement that is on its way.</summary>
    private void NoteBetween(StatementEffects effects)
    {
        Effects |= effects;
        _effectsBefore |= effects;
    }

    /// <summary>The boundary is dealt with.</summary>
    public void Settle()
    {
        Effects = StatementEffects.None;
        _hasAskedNames = false;
        HasUnnamedChange = false;
        HasUnreplayable = false;
        HasReleasedLocks = false;
    }

    /// <summary>As after sign-in; the schema stays, as servers have it.</summary>
    public void Reset()
    {
        var schema = Desired.Schema;
        var takesSeveral = TakesSeveral;
        Desired = schema is null ? Baseline.Without(StateNames.Schema) : Baseline.With(StateNames.Schema,
            schema);
        Desired = SessionBeginning.Later(Desired, facts);
        WishMultiStatements(takesSeveral);
        // MariaDB goes back to the character set of the sign-in, MySQL to the server's own.
        if (!facts.IsMariaDb)
            Desired = SessionBeginning.WithNames(Desired, facts.DefaultNames);
        Forget();
    }

    /// <summary>What was on its way has not happened, or nobody can say.</summary>
    public void Forget()
    {
        Settle();
        _named = _asked = null;
        _reported = null;
        _sent = null;
        Held.Clear();
    }

    /// <summary>Several statements in one text are allowed; no reset changes that.</summary>
    public bool TakesSeveral => Desired.TryGet(StateNames.MultiStatements, out var isOn) && isOn == "1";

    /// <summary>COM_SET_OPTION: brought to the server before the next statement.</summary>
    public void WishMultiStatements(bool isOn) =>
        Desired = Desired.With(StateNames.MultiStatements, isOn ? "1" : "0");

    private void TakeSchema(ServerSession server, ReadOnlySpan<byte> schema)
    {
        if (schema.IsEmpty)
        {
            Unset(server, StateNames.Schema);
            return;
        }
        Set(server, StateNames.Schema, Encoding.Latin1.GetString(schema));
    }

    private void TakeVariable(ServerSession server, ReadOnlySpan<byte> wireName, ReadOnlySpan<byte> value)
    {
        if (!StateNames.IsName(wireName))
        {
            HasUnreplayable = true;
            return;
        }
        var name = Encoding.Latin1.GetString(wireName);
        (_reported ??= []).Add(name);
        if (StateNames.IsTracking(name))
        {
            server.OwesTracking = true;
            return;
        }
        if (StateNames.IsDerived(name) || name == StateNames.Autocommit)
            return;
        if (name is "identity" or StateNames.InsertId)
        {
            Ask(StateNames.InsertId);
            return;
        }
        if (StateNames.IsUnreplayable(name) || !SetStatement.CanCarry(value))
        {
            HasUnreplayable = true;
            return;
        }
        Set(server, name, Encoding.Latin1.GetString(value));
        if (name == StateNames.CharsetConnection)
            Ask(StateNames.CollationConnection);
        if (name != StateNames.CharsetResults || (Effects & StatementEffects.Names) != 0)
            return;
        // Set by itself, it has its default collation.
        Unset(server, StateNames.CollationResults);
    }

    private void Set(ServerSession server, string name, string value)
    {
        server.Applied = server.Applied.With(name, value);
        Desired = Desired.With(name, value);
    }

    private void Unset(ServerSession server, string name)
    {
        server.Applied = server.Applied.Without(name);
        Desired = Desired.Without(name);
    }

    private void Ask(string name)
    {
        _asked ??= [];
        if (!_asked.Contains(name))
            _asked.Add(name);
    }

    // SET SESSION TRANSACTION names none: MariaDB before 11.1 calls its variables so.
    private string NameFor(string name) => name switch
    {
        "transaction_isolation" when facts.UsesOldTransactionNames => "tx_isolation",
        "transaction_read_only" when facts.UsesOldTransactionNames => "tx_read_only",
        "identity" => StateNames.InsertId,
        ['@', ..] => StateNames.UserVariable(name[1..]),
        _ => name,
    };

    private ScanMode ModeOf()
    {
        var sqlMode = Desired.TryGet(StateNames.SqlMode, out var own) ? own : facts.SqlMode;
        var mode = ScanMode.None;
        if (sqlMode.Contains("NO_BACKSLASH_ESCAPES", StringComparison.OrdinalIgnoreCase))
            mode |= ScanMode.NoBackslashEscapes;
        if (sqlMode.Contains("ANSI_QUOTES", StringComparison.OrdinalIgnoreCase))
            mode |= ScanMode.AnsiQuotes;
        if (Desired.TryGet(StateNames.CharsetClient, out var charset)
            && charset is "big5" or "cp932" or "gbk" or "gb18030" or "sjis")
            mode |= ScanMode.AmbiguousBytes;
        return mode;
    }
}
