using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.Postgres.Replay;
using Sento.Postgres.SignIn;

namespace Sento.Postgres.Server;

/// <summary>
/// What the PostgreSQL side knows of one pool: how a fresh session looks, and what code may hide.
/// </summary>
internal sealed class PoolFacts
{
    private static readonly TimeSpan CatalogEvery = TimeSpan.FromSeconds(30);
    private const int KeepsPerQuestion = 64;
    private const int KeepsMax = 1024;
    private static readonly TimeSpan CatalogAtMostEvery = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<SettingsSet, SettingsSet> _reportedByBaseline = [];
    private LoopTime _catalogAskedAt;
    private bool _hidesSequenceReads;
    private bool _hidesSequenceChanges;
    private int _sequenceKeepsLeft = KeepsPerQuestion;

    /// <summary>
    /// The parameters that a fresh connection of this pool reports; null: none has signed in yet.
    /// </summary>
    public SettingsSet? FreshReported { get; private set; }

    /// <summary>
    /// The database has code of its own that could change a session unseen. True until the catalog says
    /// otherwise.
    /// </summary>
    public bool MayHideState { get; private set; } = true;

    /// <summary>The catalog must be read (again) before <see cref="MayHideState"/> can be false.</summary>
    public bool IsCatalogStale { get; private set; } = true;

    public static PoolFacts Of(TargetPool pool) => (PoolFacts)(pool.ProtocolFacts ??= new PoolFacts());

    /// <summary>
    /// A connection has signed in. Other defaults than before make what was learnt from them void.
    /// </summary>
    /// <param name="init">What InitQuery has set: part of every client's baseline.</param>
    public void OnSignedIn(SettingsSet reported, SettingsSet init)
    {
        if (ReferenceEquals(FreshReported, reported) && ReferenceEquals(Init, init))
            return;
        FreshReported = reported;
        Init = init;
        _reportedByBaseline.Clear();
    }

    /// <summary>A session of this pool may begin with other settings from now on.</summary>
    public void ForgetDefaults()
    {
        FreshReported = Init = null;
        _reportedByBaseline.Clear();
    }

    /// <summary>What InitQuery has set on each connection; null: none has signed in yet.</summary>
    public SettingsSet? Init { get; private set; }

    /// <summary>
    /// Keys that a client has shown at its sign-in, where no secret holds a password; null: the
    /// secret's.
    /// </summary>
    public ServerCredential? Credential { get; set; }

    /// <summary>The pool of AuthQuery: what its connections are opened with is the configuration's.</summary>
    public bool IsLookup { get; set; }

    /// <summary>Which of a user's passwords its server takes.</summary>
    public CredentialChoice<ServerCredential> Choice { get; } = new();

    /// <summary>Start-up parameters of this pool's connections, beyond user and database.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> StartupSettings { get; set; } = [];

    /// <summary>
    /// The same database and user at another target: what opens connections there is the same.
    /// </summary>
    public void TakeOver(PoolFacts other)
    {
        Credential = other.Credential ?? Credential;
        StartupSettings = other.StartupSettings;
    }

    /// <summary>
    /// A statement has made or changed code: until the catalog is read again, the worst is assumed.
    /// </summary>
    public void OnCodeChanged()
    {
        CodeChanges++;
        MayHideState = true;
        MayHideObjects = true;
        MayHideNotify = true;
        IsCatalogStale = true;
    }

    /// <summary>The catalog is to be read now: it is stale, or was last read long enough ago.</summary>
    public bool TakeCatalogDue(LoopTime now)
    {
        if (now - _catalogAskedAt < (IsCatalogStale ? CatalogAtMostEvery : CatalogEvery))
            return false;
        _catalogAskedAt = now;
        return true;
    }

    /// <summary>
    /// Code of the database could take locks or make temporary objects unseen: each boundary asks.
    /// </summary>
    public bool MayHideObjects { get; private set; }

    /// <summary>
    /// Nobody's text shows every question for a current value, or every change of one: whatever others have
    /// left on a connection goes before it is lent.
    /// </summary>
    public bool MustScrubSequences => _hidesSequenceReads || (_hidesSequenceChanges && AsksSequences);

    /// <summary>currval or lastval have been asked for here.</summary>
    public bool AsksSequences { get; set; }

    /// <summary>Code of the database could notify unseen. True until the catalog says otherwise.</summary>
    public bool MayHideNotify { get; private set; } = true;

    /// <summary>How often code has changed, as far as seen.</summary>
    public long CodeChanges { get; private set; }

    /// <param name="asOf"><see cref="CodeChanges"/> when the question went out.</param>
    public void OnCatalogRead(
        long asOf, bool mayHideState, bool mayHideObjects, bool mayReadSequences, bool mayChangeSequences,
        bool mayHideNotify)
    {
        _hidesSequenceReads |= mayReadSequences;
        _hidesSequenceChanges |= mayChangeSequences;
        // Code that changed while the catalog was being read may not have been in the answer.
        if (asOf != CodeChanges)
            return;
        MayHideState = mayHideState;
        MayHideObjects = mayHideObjects;
        MayHideNotify = mayHideNotify;
        IsCatalogStale = false;
    }

    /// <summary>
    /// A client asks for the current value of a sequence that it has advanced in an earlier transaction:
    /// others of this pool probably do as well.
    /// </summary>
    public void OnSequenceAskedLater() =>
        _sequenceKeepsLeft = Math.Min(_sequenceKeepsLeft + KeepsPerQuestion, KeepsMax);

    /// <summary>
    /// True: the connection is worth keeping for a client that has advanced a sequence. No longer where
    /// nobody has asked after many of them.
    /// </summary>
    public bool TakeSequenceKeep() => _sequenceKeepsLeft > 0 && _sequenceKeepsLeft-- > 0;

    /// <summary>
    /// What a client with this baseline is told at sign-in; null: not known, a server must be asked.
    /// </summary>
    public SettingsSet? ReportedFor(SettingsSet baseline) =>
        ReferenceEquals(baseline, Init) ? FreshReported : _reportedByBaseline.GetValueOrDefault(baseline);

    public void Learn(SettingsSet baseline, SettingsSet reported)
    {
        if (_reportedByBaseline.Count >= 1000)
            _reportedByBaseline.Clear();
        _reportedByBaseline[baseline] = reported;
    }
}
