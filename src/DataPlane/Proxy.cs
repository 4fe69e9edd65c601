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
public sealed class Proxy : IListenerOwner
{
    private readonly LinkedList<ClientSession> _sessions = new();
    private readonly Dictionary<string, int> _clientsOfUser = [];
    private readonly List<Endpoint> _endpoints = [];
    private readonly List<Target> _targets = [];
    private TaskCompletionSource<int>? _drained;
    private int _endedByDrain;
    private int _nextReader;

    public Proxy(EventLoop loop, ProxyConfig config, IProxyReport report, Func<Proxy, IProtocol> newProtocol)
    {
        Loop = loop;
        Config = config;
        Report = report;
        Protocol = newProtocol(this);
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

    /// <summary>
    /// The target that a session of this endpoint uses: the first one writes, the others are readers.
    /// </summary>
    public Target TargetFor(Endpoint endpoint)
    {
        if (endpoint.Config.TargetRole == TargetRole.ReadWrite || _targets.Count == 1)
            return _targets[0];
        return _targets[1 + (_nextReader++ & int.MaxValue) % (_targets.Count - 1)];
    }

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
        if (!old.TargetGroup.Targets.SequenceEqual(config.TargetGroup.Targets))
        {
            // Sessions hold the old targets until they end their transaction; new borrowing goes to the new
            // ones.
            foreach (var target in _targets)
                target.Drain();
            _targets.Clear();
            MakeTargets();
            return faults;
        }
        var policy = PoolPolicy.From(config.TargetGroup.ConnectionPoolConfigurationInfo);
        var stale = !old.Auth.SequenceEqual(config.Auth)
            || policy.InitQuery != _targets[0].Budget.Policy.InitQuery;
        foreach (var target in _targets)
        {
            target.Budget.Policy = policy;
            foreach (var pool in target.Pools.ToArray())
            {
                if (stale)
                    pool.Retire(EndReason.ConfigurationChanged);
            }
        }
        return faults;
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
    /// cref="EndAll"/>.
    /// </summary>
    public Task<int> Drain()
    {
        IsDraining = true;
        _drained = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var listener in _endpoints.SelectMany(endpoint => endpoint.Listeners))
            listener.Close();
        foreach (var session in _sessions.ToArray())
            LeaveIfIdle(session);
        CheckDrained();
        return _drained.Task;
    }

    /// <summary>At a boundary while draining: the client is told and goes.</summary>
    public static void LeaveIfIdle(ClientSession session)
    {
        if (!session.Protocol.IsInTransaction && !session.Protocol.IsBusy)
            session.End(ShuttingDown);
    }

    public void EndAll()
    {
        foreach (var session in _sessions.ToArray())
        {
            if (session.Protocol.IsInTransaction)
                _endedByDrain++;
            session.End(ShuttingDown);
        }
        CheckDrained();
    }

    void IListenerOwner.OnAccepted(Listener listener, int descriptor, SocketAddress peer)
    {
        var endpoint = _endpoints.First(e => e.Listeners.Contains(listener));
        var session = new ClientSession(this, endpoint, peer);
        session.Node = _sessions.AddLast(session);
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

    internal void OnSignedIn(ClientSession session) => Report.OnClientSignedIn(session);

    internal void OnEnded(ClientSession session, EndReason reason)
    {
        Invariant.Holds(session.Node is not null);
        _sessions.Remove(session.Node);
        session.Node = null;
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

    private Listener? Bind(Endpoint endpoint, string text, List<string> faults)
    {
        var address = SocketAddress.TryParse(text);
        var error = "not an address";
        if (address is not null && Listener.TryOpen(Loop, this, address, out error) is { } listener)
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
        var policy = PoolPolicy.From(Config.TargetGroup.ConnectionPoolConfigurationInfo);
        foreach (var target in Config.TargetGroup.Targets)
            _targets.Add(new Target(Loop, target, policy, Protocol, Report));
    }
}
