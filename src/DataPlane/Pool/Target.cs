using System.Net;
using Sento.Base;
using Sento.DataPlane.Protocol;
using Sento.Model;
using Sento.Transport;
using SocketAddress = Sento.Transport.SocketAddress;

namespace Sento.DataPlane.Pool;

/// <summary>
/// One database server: its pools, its budget, whether it is up, and where its name leads. Loop thread
/// only.
/// </summary>
public sealed class Target : ITimerOwner
{
    private static readonly TimeSpan StarvedAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan JanitorEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// An idle connection not heard for longer is asked for a sign of life before it is lent.
    /// </summary>
    internal static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(2);

    /// <summary>How long a sign of life may take.</summary>
    internal static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<PoolKey, TargetPool> _pools = [];
    private readonly BackOff _retry;
    private readonly LoopTimer _janitor;
    private SocketAddress[] _addresses = [];
    private int _nextAddress;

    public Target(EventLoop loop, TargetConfig config, PoolPolicy policy, IProtocol protocol, IProxyReport report)
    {
        Loop = loop;
        Config = config;
        Protocol = protocol;
        Report = report;
        Budget.Policy = policy;
        _retry = new BackOff(loop, Jitter, OpenForAll);
        _janitor = new LoopTimer(this);
        SwitchAlways = Environment.GetEnvironmentVariable("SENTO_TEST_SWITCH") == "always";
        loop.Timers.Arm(_janitor, loop.Now + JanitorEvery);
    }

    public EventLoop Loop { get; }

    public TargetConfig Config { get; }

    public IProtocol Protocol { get; }

    public IProxyReport Report { get; }

    public PoolBudget Budget { get; } = new();

    /// <summary>For tests: lend each connection to somebody new whenever that is possible.</summary>
    public bool SwitchAlways { get; }

    public ListeningCounts Listening { get; } = new();

    internal Random Jitter { get; } = new();

    public int WaitingCount { get; private set; }

    public int BorrowedCount { get; private set; }

    /// <summary>Why the target can't be reached now; null: it can, as far as known.</summary>
    public LoginFailure? Down { get; private set; }

    public bool IsDraining { get; private set; }

    /// <summary>
    /// It takes no writes, as far as it has told; null: it has not been asked since it came up.
    /// </summary>
    public bool? IsReader { get; private set; }

    /// <summary>Roles matter, since the group has several targets: the janitor keeps asking.</summary>
    public bool WatchesRole { get; set; }

    /// <summary>It has said at least once what it is.</summary>
    internal bool HasToldRole { get; private set; }

    /// <summary>When the role was last told.</summary>
    internal LoopTime RoleToldAt { get; private set; }

    /// <summary>An idle connection gave no sign of life, and none has come from another since.</summary>
    internal bool IsSuspect { get; private set; }

    /// <summary>Told when sessions may belong to another target by now; true: at once, false: soon.</summary>
    internal Action<bool> RoutingChanged { get; set; } = _ => { };

    /// <summary>Set where clients wait for which no target has the role; null: a real target.</summary>
    internal string? MissingRole { get; init; }

    /// <summary>A connection has been signed in since the start.</summary>
    public bool HasBeenUp { get; private set; }

    /// <summary>What the protocol knows of this target; made on first use.</summary>
    public object? ProtocolFacts { get; set; }

    public IEnumerable<TargetPool> Pools => _pools.Values;

    public TargetPool PoolOf(PoolKey key)
    {
        if (_pools.TryGetValue(key, out var pool))
            return pool;
        pool = new TargetPool(this, key);
        _pools.Add(key, pool);
        return pool;
    }

    /// <summary>Databases and users for whom connections may be opened.</summary>
    public int PoolCount => _pools.Count;

    internal void Forget(TargetPool pool) => _pools.Remove(pool.Key);

    /// <summary>Closes what is idle, and lends nothing any more.</summary>
    public void Drain()
    {
        IsDraining = true;
        Loop.Timers.Disarm(_janitor);
        _retry.Stop();
        foreach (var pool in _pools.Values.ToArray())
            pool.Retire(EndReason.Draining);
    }

    /// <summary>The server says whether it takes writes.</summary>
    public void LearnRole(bool isReader)
    {
        RoleToldAt = Loop.Now;
        HasToldRole = true;
        if (IsReader == isReader)
            return;
        IsReader = isReader;
        Report.OnTargetRole(this);
        RoutingChanged(true);
    }

    internal BorrowFailure? RefuseBorrow(TargetPool pool)
    {
        var policy = Budget.Policy;
        if (policy.MaxWaitingClients > 0 && WaitingCount >= policy.MaxWaitingClients)
        {
            return new BorrowFailure(BorrowFailureKind.QueueFull,
                $"Too many clients wait for a database connection: MaxWaitingClients is {policy.MaxWaitingClients}.",
                $"{WaitingCount} clients wait for {Budget.Max} connections ({Budget.Explain()}).");
        }
        // RDS: zero means an idle connection or nothing, even below the cap.
        return policy.BorrowTimeout <= TimeSpan.Zero && pool.IdleCount <= pool.WaitingCount ? TimedOut(pool)
            : null;
    }

    /// <summary>The news for somebody who has waited long enough.</summary>
    public BorrowFailure TimedOut(TargetPool pool)
    {
        const string Start = "Timed-out waiting to acquire database connection";
        var setting = $"ConnectionBorrowTimeout is {Budget.Policy.BorrowTimeout.TotalSeconds:0.###} s";
        if (MissingRole is { } role)
        {
            return new BorrowFailure(BorrowFailureKind.NoTarget,
                role == "READ_ONLY" ? "Target group doesnt have any associated read-only instances"
                    : "The target group doesn't have any associated read/write instances",
                $"Add a target of that kind to Targets, or use an endpoint with another TargetRole.")
            { Detail = $"TargetRole of the endpoint is {role}; {setting}." };
        }
        if (Down is { } down)
        {
            return new BorrowFailure(BorrowFailureKind.TimedOut,
                $"{Start}: the target {Config.Host}:{Config.Port} can't be reached ({setting}).",
                "Start the database, or correct Host and Port of the target.", down.ServerError)
            { Detail = $"{down.Message}." };
        }
        if (pool.Full is { } full)
        {
            return new BorrowFailure(BorrowFailureKind.TimedOut,
                $"{Start}: the server has no room for user \"{pool.Key.User}\", database \"{pool.Key.Database}\""
                + $" ({setting}).", "Lower MaxConnections, or raise the server's own limits.", full.ServerError)
            { Detail = $"{full.Message}." };
        }
        return new BorrowFailure(BorrowFailureKind.TimedOut, $"{Start}: {setting}.",
            "End transactions sooner, or raise MaxConnections or MaxConnectionsPercent.")
        {
            Detail = $"{BorrowedCount} of {Budget.Max} connections are in use and {WaitingCount} clients wait"
                + $" ({Budget.Explain()}; "
                + $"pool of user \"{pool.Key.User}\", database \"{pool.Key.Database}\").",
        };
    }

    internal void OnWaiting(int change) => WaitingCount += change;

    internal void OnBorrowed(int change)
    {
        BorrowedCount += change;
        Invariant.Holds(BorrowedCount >= 0);
    }

    /// <summary>
    /// May this pool open one more now? Evicts another pool's idle connection when only that makes
    /// room.
    /// </summary>
    internal bool MayOpen(TargetPool pool)
    {
        if (IsDraining || _retry.IsPausing || pool.IsPausing || MissingRole is not null)
            return false;
        // While the target is down one probe at a time is enough to learn that it is back.
        if (Budget.Opening >= (Down is null ? Budget.Policy.MaxConcurrentConnects : 1))
            return false;
        if (Budget.Policy.MaxConnectionsPerUser > 0 && CountOfUser(pool.Key.User) >= Budget.Policy.MaxConnectionsPerUser)
            return false;
        return Budget.HasRoom || EvictOne(pool);
    }

    /// <summary>
    /// True: another pool's client has waited long, and has no connection that could come to it.
    /// </summary>
    internal bool HasStarvingPool(TargetPool releasing)
    {
        if (WaitingCount == releasing.WaitingCount)
            return false;
        foreach (var pool in _pools.Values)
        {
            if (pool != releasing && pool.OldestWaiting is { } oldest && pool.OpeningCount == 0
                && Loop.Now - oldest.Since > StarvedAfter
                && (releasing.OldestWaiting is not { } own || oldest.Since < own.Since))
                return true;
        }
        return false;
    }

    /// <summary>
    /// After a connection came back or broke: those who have waited longest open or get one.
    /// </summary>
    internal void Rebalance()
    {
        for (var left = _pools.Count; left > 0 && WaitingCount > 0; left--)
        {
            TargetPool? next = null;
            foreach (var pool in _pools.Values)
            {
                if (pool.OldestWaiting is { } oldest && pool.WaitingCount > pool.OpeningCount
                    && (next?.OldestWaiting is not { } best || oldest.Since < best.Since))
                    next = pool;
            }
            if (next is null)
                return;
            var before = Budget.Opening;
            if (next.IdleCount > 0) next.Serve();
            else next.OpenIfNeeded();
            if (Budget.Opening == before)
                break;
        }
        foreach (var pool in _pools.Values)
        {
            if (pool.WaitingCount > 0 && pool.IdleCount > 0)
                pool.Serve();
        }
    }

    internal LoopTime ExpiryOf(ServerConnection server)
    {
        var lifetime = Budget.Policy.ServerLifetime;
        return lifetime <= TimeSpan.Zero ? LoopTime.Never
            : server.CreatedAt + lifetime * (1 - Jitter.NextDouble() / 10);
    }

    /// <summary>
    /// Connects to the next of the target's addresses; looks the name up first when that is needed.
    /// </summary>
    internal void Connect(ServerConnection server)
    {
        if (_addresses.Length == 0 && FixedAddress() is { } known)
            _addresses = [known];
        if (_addresses.Length > 0)
        {
            server.Connect(_addresses[_nextAddress++ % _addresses.Length]);
            return;
        }
        _ = ResolveThenConnect(server);
    }

    internal void OnLoginSucceeded(ServerConnection server)
    {
        var wasDown = Down is not null;
        Down = null;
        IsSuspect = false;
        HasBeenUp = true;
        _retry.Reset();
        Report.OnServerOpened(server);
        if (wasDown)
            RoutingChanged(false);
    }

    internal void OnAlive() => IsSuspect = false;

    /// <summary>
    /// Where one connection is dead, the others may be: all are asked now, not one after the other.
    /// </summary>
    internal void OnSilent()
    {
        if (IsSuspect)
            return;
        IsSuspect = true;
        foreach (var pool in _pools.Values.ToArray())
            pool.AskAllIdle();
    }

    /// <summary>
    /// Opens one connection that nobody waits for, to hear whether the target is up and what it is.
    /// </summary>
    internal void OpenProbe()
    {
        if (Budget.Opening == 0 && ProbeKey() is { } key && PoolOf(key) is var pool && MayOpen(pool))
            pool.Open();
    }

    /// <summary>
    /// Whose connection to open when only the target's own state is wanted; null: nobody's is known.
    /// </summary>
    internal Func<PoolKey?> ProbeKey { get; set; } = () => null;

    internal void OnLoginFailed(TargetPool pool, LoginFailure failure)
    {
        if (failure.Kind == LoginFailureKind.Outdated)
        {
            pool.OpenIfNeeded();
            return;
        }
        Report.OnServerLoginFailed(pool, failure);
        if (failure.Kind == LoginFailureKind.Refused)
        {
            pool.FailWaiting(new BorrowFailure(BorrowFailureKind.ServerRefused, failure.Message, null, failure.ServerError));
            Rebalance();
            return;
        }
        Budget.DoubtServerMax();
        if (failure.Kind == LoginFailureKind.Full)
        {
            Down = Down is null ? null : failure;
            pool.OnFull(failure);
            return;
        }
        Down = failure;
        IsReader = null;
        RoutingChanged(false);
        // The name may lead elsewhere by now: a failover changes the answer, not the question.
        _addresses = [];
        _retry.Pause();
        // No more can be opened now: those who wait get what was kept for others.
        if (pool.Kept.Count > 0)
            pool.Serve();
    }

    internal void OnBroken(ServerConnection server, EndReason reason, string detail) =>
        Report.OnServerClosed(server, reason, detail);

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        Loop.Timers.Arm(_janitor, Loop.Now + JanitorEvery);
        Janitor.Visit(this);
    }

    private void OpenForAll()
    {
        foreach (var pool in _pools.Values)
            pool.OpenIfNeeded();
    }

    private int CountOfUser(string user)
    {
        var count = 0;
        foreach (var pool in _pools.Values)
        {
            if (pool.Key.User == user)
                count += pool.Count;
        }
        return count;
    }

    private bool EvictOne(TargetPool asking)
    {
        ServerConnection? victim = null;
        foreach (var pool in _pools.Values)
        {
            if (pool != asking && pool.WaitingCount == 0 && pool.OldestIdle is { } idle
                && (victim is null || idle.IdleSince < victim.IdleSince))
                victim = idle;
        }
        if (victim is null && HasStarvingPoolOf(asking))
            victim = _pools.Values.Where(pool => pool != asking).Select(pool => pool.OldestIdle).FirstOrDefault(i => i is not null);
        if (victim is null)
            return false;
        victim.Break(EndReason.ServerEvicted);
        return Budget.HasRoom;
    }

    private bool HasStarvingPoolOf(TargetPool asking) =>
        asking.OldestWaiting is { } oldest && Loop.Now - oldest.Since > StarvedAfter;

    private SocketAddress? FixedAddress()
    {
        if (Config.Host.StartsWith('/'))
            return SocketAddress.FromUnixPath(Protocol.SocketPathOf(Config));
        return IPAddress.TryParse(Config.Host, out var address) ? SocketAddress.From(address, Config.Port) : null;
    }

    private async Task ResolveThenConnect(ServerConnection server)
    {
        SocketAddress[] found = [];
        var error = "the name has no address";
        try
        {
            using var timeout = new CancellationTokenSource(Budget.Policy.ConnectTimeout);
            var addresses = await Dns.GetHostAddressesAsync(Config.Host, timeout.Token).ConfigureAwait(false);
            found = [.. addresses.Select(address => SocketAddress.From(address, Config.Port))];
        }
        catch (Exception fault)
        {
            error = fault.Message;
        }
        Loop.Post(() =>
        {
            _addresses = found;
            if (server.IsClosed)
                return;
            if (found.Length > 0)
                server.Connect(found[_nextAddress++ % found.Length]);
            else
                server.FailLogin(new LoginFailure(LoginFailureKind.Unreachable, $"{Config.Host}: {error}"));
        });
    }
}
