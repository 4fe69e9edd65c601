using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Routing;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Transport;

namespace Sento.DataPlane;

/// <summary>One proxy as it runs: endpoints, sessions and targets on one loop.</summary>
/// <remarks>
/// Loop thread only, but for the constructor and <see cref="Listen"/>, which run before the loop knows
/// it.
/// </remarks>
public sealed class Proxy : IListenerOwner, ITimerOwner
{
    private readonly SessionList _sessions = new();
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _clientsOfUser = [];
    private readonly List<Endpoint> _endpoints = [];
    private readonly List<Target> _targets = [];
    private readonly Dictionary<TargetRole, Target> _standIns = [];
    private TaskCompletionSource<int>? _drained;
    private readonly TargetPicker _picker = new();
    private readonly LoopTimer _newcomers;
    private readonly LoopTimer _ending;
    private int _endedByDrain;
    private bool _movesSoon;

    public Proxy(EventLoop loop, ProxyConfig config, IProxyReport report, Func<Proxy, IProtocol> newProtocol)
    {
        Loop = loop;
        Config = config;
        Report = report;
        Protocol = newProtocol(this);
        _newcomers = new LoopTimer(this);
        _ending = new LoopTimer(this);
    }

    public EventLoop Loop { get; }

    public ProxyConfig Config { get; private set; }

    public IProxyReport Report { get; }

    public IProtocol Protocol { get; }

    public bool IsDraining { get; private set; }

    public IReadOnlyCollection<ClientSession> Sessions => _sessions;

    public IReadOnlyList<Target> Targets => _targets;

    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>Binds the endpoints' addresses. Any thread, before <see cref="Start"/>.</summary>
    /// <returns>What could not be bound, in words.</returns>
    public IReadOnlyList<string> Listen()
    {
        var faults = new List<string>();
        foreach (var config in Config.Endpoints)
        {
            var endpoint = new Endpoint(config);
            _endpoints.Add(endpoint);
            foreach (var text in config.Listen)
                Bind(endpoint, text, faults);
        }
        return faults;
    }

    /// <summary>Makes the targets and accepts clients from now on.</summary>
    public void Start()
    {
        MakeTargets();
        foreach (var endpoint in _endpoints)
        {
            foreach (var listener in endpoint.Listeners)
                listener.Start();
        }
    }

    /// <summary>Counts up when sessions may belong to another target than before.</summary>
    public int Routing { get; private set; }

    /// <summary>The target that a session of this endpoint uses now.</summary>
    /// <param name="current">Where it is: it stays there when another would be no better.</param>
    public Target TargetFor(Endpoint endpoint, Target? current = null) =>
        _picker.Pick(_targets, endpoint.Config.TargetRole, current) ?? StandInFor(endpoint.Config.TargetRole);

    /// <summary>May one more client of this user come in?</summary>
    /// <returns>Null: yes. Else the refusal, which names the setting.</returns>
    public Goodbye? RefuseClient(string user)
    {
        if (IsDraining)
            return new Goodbye(EndReason.Draining, "The proxy is shutting down.", "Connect again: another node may serve you.");
        if (Config.MaxClientConnections > 0 && _sessions.Count > Config.MaxClientConnections)
        {
            return new Goodbye(EndReason.TooManyClients,
                $"The maximum number of client connections to the proxy exceeded {Config.MaxClientConnections}.",
                "Raise MaxClientConnections, or close idle clients.");
        }
        var ofUser = _clientsOfUser.GetValueOrDefault(user);
        return Config.MaxClientConnectionsPerUser > 0 && ofUser > Config.MaxClientConnectionsPerUser
            ? new Goodbye(EndReason.TooManyClients,
                $"The maximum number of client connections of user \"{user}\" exceeded {Config.MaxClientConnectionsPerUser}.",
                "Raise MaxClientConnectionsPerUser, or close idle clients.")
            : null;
    }

    /// <summary>Takes a new revision of its own settings.</summary>
    /// <remarks>
    /// Sessions stay. Server connections that no longer fit are closed when they come back.
    /// </remarks>
    /// <returns>What could not be done.</returns>
    public IReadOnlyList<string> Apply(ProxyConfig config)
    {
        var faults = new List<string>();
        var old = Config;
        Config = config;
        ApplyEndpoints(faults);
        var policy = PoolPolicy.From(config.TargetGroup.ConnectionPoolConfigurationInfo);
        var changedUsers = AuthChange.Users(old.Auth, config.Auth);
        var changesInit = policy.InitQuery != PoolPolicy.From(
            old.TargetGroup.ConnectionPoolConfigurationInfo).InitQuery;
        foreach (var target in _targets.Concat(_standIns.Values))
        {
            target.Budget.Policy = policy;
            foreach (var pool in target.Pools.ToArray())
            {
                if (changesInit || changedUsers.Contains(pool.Key.User))
                    pool.Retire(EndReason.ConfigurationChanged);
            }
        }
        ApplyTargets(config);
        return faults;
    }

    /// <summary>
    /// Targets that are still named stay with their connections. Sessions leave the others at the end of
    /// their transaction.
    /// </summary>
    private void ApplyTargets(ProxyConfig config)
    {
        var before = _targets.ToArray();
        _targets.Clear();
        foreach (var target in config.TargetGroup.Targets)
            _targets.Add(before.FirstOrDefault(t => t.Config == target) ?? MakeTarget(target));
        foreach (var target in _targets)
            target.WatchesRole = _targets.Count > 1;
        if (before.SequenceEqual(_targets) && !_targets.Exists(target => target.WatchesRole))
            return;
        foreach (var target in before.Except(_targets))
            target.Drain();
        OnRoutingChanged(before);
    }

    /// <summary>
    /// Listens where it did not, and no longer where it should not; sessions that came in there stay.
    /// </summary>
    private void ApplyEndpoints(List<string> faults)
    {
        foreach (var endpoint in _endpoints.ToArray())
        {
            var changed = Config.Endpoints.FirstOrDefault(e => e.DBProxyEndpointName == endpoint.Name);
            var gone = endpoint.Config.Listen.Except(changed?.Listen ?? []).ToArray();
            foreach (var listener in endpoint.Listeners.Where(l => gone.Contains(l.Asked)).ToArray())
            {
                listener.Close();
                endpoint.Listeners.Remove(listener);
            }
            foreach (var listener in endpoint.Listeners)
                listener.Apply(KeepAliveOf(Config));
            if (changed is null) _endpoints.Remove(endpoint);
            else endpoint.Config = changed;
        }
        foreach (var config in Config.Endpoints)
        {
            var endpoint = _endpoints.FirstOrDefault(e => e.Name == config.DBProxyEndpointName);
            if (endpoint is null)
                _endpoints.Add(endpoint = new Endpoint(config));
            foreach (var text in config.Listen.Where(text => endpoint.Listeners.All(l => l.Asked != text)))
            {
                if (Bind(endpoint, text, faults) is { } listener)
                    listener.Start();
            }
        }
    }

    /// <summary>
    /// No new clients; sessions leave at their next boundary; the rest when told by <see
    /// cref="EndAll"/>. Who has come only just now is still served once, since its request may be on its way.
    /// </summary>
    public Task<int> Drain()
    {
        IsDraining = true;
        _drained = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var listener in _endpoints.SelectMany(endpoint => endpoint.Listeners))
            listener.Close();
        LetIdleLeave();
        CheckDrained();
        return _drained.Task;
    }

    /// <summary>
    /// For one that the configuration names no more: drains, and ends what is left after its DrainTimeout.
    /// </summary>
    public void Retire()
    {
        Drain();
        Loop.Timers.Arm(_ending, Loop.Now + Config.DrainTimeout);
    }

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        if (timer == _ending) EndAll();
        else LetIdleLeave();
    }

    private void LetIdleLeave()
    {
        foreach (var session in _sessions.ToArray())
        {
            if (!session.IsNewcomer)
                LeaveIfIdle(session);
        }
        if (_sessions.Count > 0)
            Loop.Timers.Arm(_newcomers, Loop.Now + Limits.NewcomerAge);
    }

    /// <summary>At a boundary while draining: the client is told and goes.</summary>
    public static void LeaveIfIdle(ClientSession session)
    {
        if (IsIdle(session))
            session.End(ShuttingDown);
    }

    private static bool IsIdle(ClientSession session) => session.Protocol is
        { IsInTransaction: false, IsBusy: false, IsUnfinished: false };

    public void EndAll()
    {
        foreach (var session in _sessions.ToArray())
        {
            if (!IsIdle(session))
                _endedByDrain++;
            session.End(ShuttingDown);
        }
        CheckDrained();
    }

    void IListenerOwner.OnAccepted(Listener listener, int descriptor, PeerAddress peer)
    {
        var endpoint = _endpoints.First(e => e.Listeners.Contains(listener));
        var session = new ClientSession(this, endpoint, peer);
        _sessions.Add(session);
        Report.OnClientConnected(session);
        session.Start(descriptor);
    }

    void IListenerOwner.OnAcceptFailed(Listener listener, string error) => Report.OnAcceptFailed(error);

    internal void CountUser(string user, int change)
    {
        var count = _clientsOfUser.GetValueOrDefault(user) + change;
        if (count == 0) _clientsOfUser.Remove(user);
        else _clientsOfUser[user] = count;
    }

    /// <summary>The same text as before, so that equal names are held once.</summary>
    internal string Share(string name)
    {
        if (_names.TryGetValue(name, out var known))
            return known;
        if (_names.Count >= Limits.SharedNamesMax)
            _names.Clear();
        _names.Add(name);
        return name;
    }

    internal void OnSignedIn(ClientSession session) => Report.OnClientSignedIn(session);

    internal void OnEnded(ClientSession session, EndReason reason)
    {
        _sessions.Remove(session);
        if (session.User.Length > 0)
            CountUser(session.User, -1);
        Report.OnClientEnded(session, reason);
        CheckDrained();
    }

    private static Goodbye ShuttingDown =>
        new(EndReason.Draining, "terminating connection: the proxy is shutting down", "Connect again.");

    private void CheckDrained()
    {
        if (_drained is null || _sessions.Count > 0)
            return;
        foreach (var target in _targets)
            target.Drain();
        _drained.TrySetResult(_endedByDrain);
    }

    private static KeepAlive KeepAliveOf(ProxyConfig config) => config.LostClientTimeout > TimeSpan.Zero
        ? KeepAlive.Patient(config.LostClientTimeout, config.IdleClientTimeout)
        : KeepAlive.Patient(config.IdleClientTimeout, config.IdleClientTimeout);

    private Listener? Bind(Endpoint endpoint, string text, List<string> faults)
    {
        var address = SocketAddress.TryParse(text);
        var error = "not an address";
        if (address is not null
            && Listener.TryOpen(Loop, this, address, KeepAliveOf(Config), out error) is { } listener)
        {
            listener.Asked = text;
            endpoint.Listeners.Add(listener);
            return listener;
        }
        faults.Add($"endpoint {endpoint.Name}: can't listen on {text}: {error}");
        return null;
    }

    private void MakeTargets()
    {
        foreach (var target in Config.TargetGroup.Targets)
            _targets.Add(MakeTarget(target));
        foreach (var target in _targets)
            target.WatchesRole = _targets.Count > 1;
    }

    private Target MakeTarget(TargetConfig config)
    {
        var policy = PoolPolicy.From(Config.TargetGroup.ConnectionPoolConfigurationInfo);
        return new Target(Loop, config, policy, Protocol, Report)
        {
            RoutingChanged = OnRoutingChanged,
            ProbeKey = ProbeKey,
        };
    }

    /// <summary>
    /// Where clients wait while no target has their endpoint's role; they leave it when one has.
    /// </summary>
    private Target StandInFor(TargetRole role)
    {
        if (_standIns.TryGetValue(role, out var standIn))
            return standIn;
        var policy = PoolPolicy.From(Config.TargetGroup.ConnectionPoolConfigurationInfo);
        standIn = new Target(Loop, new TargetConfig { Host = "", Port = 0 }, policy, Protocol, Report)
        {
            MissingRole = role == TargetRole.ReadOnly ? "READ_ONLY" : "READ_WRITE",
        };
        _standIns.Add(role, standIn);
        return standIn;
    }

    /// <summary>The pool last used by somebody whose secret we have; only while there are clients.</summary>
    private PoolKey? ProbeKey()
    {
        if (_sessions.Count == 0)
            return null;
        return _targets.Concat(_standIns.Values).SelectMany(target => target.Pools)
            .Where(pool => pool.Key.Variant.Length == 0
                && (Config.DefaultAuthScheme == DefaultAuthScheme.IamAuth
                    || Config.Auth.Any(auth => auth.Secret.UserName == pool.Key.User)))
            .MaxBy(pool => pool.LastUsed)?.Key;
    }

    private void OnRoutingChanged(bool atOnce)
    {
        Routing++;
        if (atOnce)
        {
            OnRoutingChanged([]);
            return;
        }
        if (_movesSoon)
            return;
        // The news may come out of the middle of a borrowing, where no borrower may be told anything.
        _movesSoon = true;
        Loop.Post(() =>
        {
            _movesSoon = false;
            OnRoutingChanged([]);
        });
    }

    /// <summary>Those who wait at a target that is the wrong one by now ask again.</summary>
    private void OnRoutingChanged(Target[] gone)
    {
        Routing++;
        foreach (var target in _targets.Concat(_standIns.Values).Concat(gone).Distinct().ToArray())
        {
            if (target.WaitingCount == 0)
                continue;
            foreach (var pool in target.Pools.ToArray())
                pool.MoveWaiting(borrower => borrower.Endpoint is { } endpoint
                    && TargetFor(endpoint, target) != target);
        }
    }
}
