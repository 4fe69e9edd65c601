using System.Globalization;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// What the MySQL side knows of one pool: what its connections agree on, and how a fresh one looks.
/// </summary>
internal sealed class PoolFacts
{
    private const int ProvenMax = 1000;
    private readonly HashSet<StateSet> _proven = new(ReferenceEqualityComparer.Instance);

    public required Capabilities Capabilities { get; init; }

    public required MariaDbCapabilities MariaDb { get; init; }

    /// <summary>Whose clients these connections serve alone; null: those of nobody who is shown.</summary>
    public string? Principal { get; init; }

    /// <summary>
    /// The host of the account that AuthQuery has found: what its clients prove opens these connections.
    /// Null: a secret of Auth does.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>AuthQuery's own connections: its secret opens them, and no client gets one.</summary>
    public bool IsLookup { get; init; }

    /// <summary>
    /// The state of a connection that has just signed in, InitQuery included; null: none has.
    /// </summary>
    public StateSet? Fresh
    {
        get;
        set
        {
            if (!ReferenceEquals(field, value))
                KnownNames.Clear();
            field = value;
        }
    }

    /// <summary>What clients of this pool have prepared: others may not even know of these tables.</summary>
    public StatementRegistry Registry { get; } = new();

    /// <summary>What SET NAMES did here.</summary>
    public KnownNames KnownNames { get; } = new();

    /// <summary>What routines, triggers and views hide, as far as this pool's user can see them.</summary>
    public CodeFacts Code { get; } = new();

    public ServerStatus FreshStatus { get; set; }

    /// <summary>Which of a user's passwords its server takes.</summary>
    public CredentialChoice<PasswordSecret> Choice { get; } = new();

    public static PoolFacts Of(TargetPool pool) => (PoolFacts)pool.ProtocolFacts!;

    /// <summary>The pool of a user whose client agreed on these; made on first use.</summary>
    /// <param name="principal">
    /// Who is shown to the server, once for each connection, so that no two share one; null: nobody is.
    /// </param>
    /// <param name="account">See <see cref="Account"/>: users of one name may be several accounts.</param>
    public static TargetPool PoolFor(
        Target target, string database, string user, Capabilities capabilities, MariaDbCapabilities mariaDb,
        string? principal, string? account = null)
    {
        capabilities &= CapabilitySets.Fixed;
        mariaDb &= CapabilitySets.FixedOfMariaDb;
        var variant = string.Create(CultureInfo.InvariantCulture,
            $"{(uint)capabilities:x}.{(uint)mariaDb:x}{(principal is null ? "" : " ")}{principal}"
            + $"{(account is null ? "" : "@")}{account}");
        var pool = target.PoolOf(new PoolKey(database, user, variant));
        pool.ProtocolFacts ??= new PoolFacts
        {
            Capabilities = capabilities | CapabilitySets.Always,
            MariaDb = mariaDb | CapabilitySets.AlwaysOfMariaDb,
            Principal = principal,
            Account = account,
        };
        return pool;
    }

    /// <inheritdoc cref="CodeFacts.OnRead"/>
    public void OnCodeRead(LoopTime now, long generation, HiddenCode? hidden)
    {
        if (Code.OnRead(now, generation, hidden))
            Registry.Hidden = Code.Hidden;
    }

    /// <summary>
    /// A SET that leads there has succeeded before: it may be sent ahead of a statement without waiting for
    /// it.
    /// </summary>
    public bool IsProven(StateSet state) => _proven.Contains(state);

    public void Prove(StateSet state)
    {
        if (_proven.Count >= ProvenMax)
            _proven.Clear();
        _proven.Add(state);
    }
}
