using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Metrics;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;

namespace Sento.Host.Runtime;

/// <summary>
/// Turns what one proxy's data path tells into counters and log lines. That proxy's loop thread only.
/// </summary>
internal sealed class ProxyReport(ProxyConfig config, Log log, ProxyMetrics metrics) : IProxyReport
{
    private readonly Dictionary<string, EndpointCounters> _endpoints = [];
    private readonly Dictionary<Target, TargetCounters> _targets = [];
    private readonly HashSet<Target> _down = [];

    /// <summary>Told the user; null: nobody wants to know.</summary>
    public Action<string>? PasswordRefused { private get; init; }

    /// <summary>Told of each sign-in that failed, but for tokens that were judged, and why.</summary>
    public Action<ClientSession, string>? SignInRefused { private get; init; }

    public SessionLog Sessions { get; } = new(log, config.DBProxyName, config.DebugLogging);

    public EndpointCounters Counters(string endpoint)
    {
        if (!_endpoints.TryGetValue(endpoint, out var counters))
            _endpoints[endpoint] = counters = metrics.AddEndpoint(config.DBProxyName, endpoint);
        return counters;
    }

    public TargetCounters Counters(Target target)
    {
        if (!_targets.TryGetValue(target, out var counters))
        {
            _targets[target] = counters = metrics.AddTarget(
                config.DBProxyName, config.TargetGroup.TargetGroupName, NameOf(target));
        }
        return counters;
    }

    public void OnFault(Exception fault) =>
        log.Write(LogLevel.Error, LogEvent.Bug, new LogScope(config.DBProxyName, null), $"Internal error: {fault.ToString()}");

    public void OnAcceptFailed(string error) => log.Write(
        LogLevel.Warn, LogEvent.Bug, new LogScope(config.DBProxyName, null),
        $"Clients can't be accepted for now: {error}. Raise the limit of open files (ulimit -n).");

    public void OnClientConnected(ClientSession session)
    {
        var counters = session.Counters = Counters(session.Endpoint.Name);
        counters.ClientConnections++;
        counters.ClientConnectionsReceived++;
        if (log.IsOn(LogLevel.Debug))
            Sessions.ClientConnected(ScopeOf(session), session.Peer.Text);
    }

    public void OnClientSignedIn(ClientSession session)
    {
        var counters = Counters(session.Endpoint.Name);
        counters.ClientConnectionsSetupSucceeded++;
        if (session.IsTls) counters.ClientConnectionsTLS++;
        else counters.ClientConnectionsNoTLS++;
        counters.SignIn.Observe((long)(session.Loop.Now - session.ConnectedAt).TotalMicroseconds);
    }

    public void OnSignInFailed(ClientSession session, string why)
    {
        Counters(session.Endpoint.Name).ClientConnectionsSetupFailedAuth++;
        if (session.User.Length == 0)
        {
            Sessions.ClientRefused(ScopeOf(session), EndReason.ClientRefusedSignIn, why);
            return;
        }
        PasswordRefused?.Invoke(session.User);
        if (!session.IsTokenRefused)
            SignInRefused?.Invoke(session, why);
        var engine = config.EngineFamily == EngineFamily.PostgreSql ? "PostgreSQL" : "MySQL";
        Sessions.ClientSignInFailed(ScopeOf(session), engine, session.User, "password", why);
    }

    public void OnClientEnded(ClientSession session, EndReason reason)
    {
        var counters = Counters(session.Endpoint.Name);
        counters.ClientConnections--;
        counters.ClientEnded(reason);
        if (!session.IsSignedIn)
            return;
        if (session.IsTls) counters.ClientConnectionsTLS--;
        else counters.ClientConnectionsNoTLS--;
        if (reason is not (EndReason.ClientTerminated or EndReason.ClientVanished) || log.IsOn(LogLevel.Debug))
            Sessions.ClientClosed(ScopeOf(session), reason, session.Loop.Now - session.ConnectedAt,
                session.Transactions);
    }

    public void OnBorrowFailed(ClientSession session, BorrowFailure failure, TimeSpan waited)
    {
        if (failure.Kind != BorrowFailureKind.TimedOut)
            return;
        Counters(session.Endpoint.Name).BorrowTimeouts++;
        var waiting = session.Proxy.Targets.Sum(target => target.WaitingCount);
        Sessions.BorrowTimedOut(ScopeOf(session), waited, waiting);
    }

    public void OnTargetRole(Target target)
    {
        if (target.WatchesRole)
            Sessions.TargetRole(NameOf(target), target.IsReader == true ? "takes reads only"
                : "takes writes");
    }

    public void OnQuery(ClientSession session)
    {
        var counters = session.Counters ??= Counters(session.Endpoint.Name);
        counters.QueryRequests++;
        if (session.IsTls) counters.QueryRequestsTLS++;
        else counters.QueryRequestsNoTLS++;
    }

    public void OnPinned(
        ClientSession session, ServerConnection? server, string reason, string words, string? endsWhen, string digest)
    {
        Counters(session.Endpoint.Name).Pin(IndexOf(reason));
        Sessions.Pinned(ScopeOf(session, server), reason, words, digest.Length == 0 ? null : digest, endsWhen);
    }

    public void OnUnpinned(ClientSession session, ServerConnection? server, string reason, TimeSpan held)
    {
        Counters(session.Endpoint.Name).Unpin(IndexOf(reason), (long)held.TotalMicroseconds);
        Sessions.Unpinned(ScopeOf(session, server), reason, held, "its cause is gone.");
    }

    public void OnServerOpened(ServerConnection server)
    {
        var target = server.Pool.Target;
        var counters = Counters(target);
        counters.DatabaseConnections++;
        if (server.IsTls)
        {
            counters.DatabaseConnectionsWithTLS++;
            counters.DatabaseConnectionRequestsWithTLS++;
        }
        counters.DatabaseConnectionsSetupSucceeded++;
        counters.DatabaseConnectionRequests++;
        counters.MaxDatabaseConnectionsAllowed = target.Budget.Max;
        counters.AvailabilityPercentage = 100;
        counters.ConnectTime.Observe((long)(target.Loop.Now - server.CreatedAt).TotalMicroseconds);
        if (_down.Remove(target))
            Sessions.TargetUp(NameOf(target));
    }

    public void OnServerLoginFailed(TargetPool pool, LoginFailure failure)
    {
        var counters = Counters(pool.Target);
        counters.DatabaseConnectionRequests++;
        counters.DatabaseConnectionsSetupFailed++;
        Sessions.ServerConnectFailed(
            new LogScope(config.DBProxyName, null), NameOf(pool.Target),
            failure.Kind == LoginFailureKind.Unreachable ? EndReason.ServerUnreachable : EndReason.ServerRefusedLogin,
            failure.Message);
        if (failure.Kind == LoginFailureKind.Refused)
            PasswordRefused?.Invoke(pool.Key.User);
        if (failure.Kind is LoginFailureKind.Refused or LoginFailureKind.Full)
            return;
        counters.AvailabilityPercentage = 0;
        if (_down.Add(pool.Target))
            Sessions.TargetDown(NameOf(pool.Target), failure.Message);
    }

    public void OnCancelFailed(ServerConnection server, string why) =>
        Sessions.CancelFailed(new LogScope(config.DBProxyName, null, 0, server.Id), why);

    public void OnServerClosed(ServerConnection server, EndReason reason, string detail)
    {
        var counters = Counters(server.Pool.Target);
        counters.DatabaseConnections--;
        counters.DatabaseConnectionsWithTLS -= server.IsTls ? 1 : 0;
        counters.ServerEnded(reason);
        if (detail.Length == 0 && !log.IsOn(LogLevel.Debug))
            return;
        var violation = reason == EndReason.ServerSentGarbage ? $" ({detail})" : "";
        Sessions.ServerClosed(new LogScope(config.DBProxyName, null, 0, server.Id), reason, violation);
    }

    /// <summary>Numbers that are read off rather than counted; once a second.</summary>
    public void Sample(Proxy proxy)
    {
        foreach (var target in proxy.Targets)
        {
            var counters = Counters(target);
            counters.DatabaseConnectionsCurrentlyBorrowed = target.BorrowedCount;
            counters.MaxDatabaseConnectionsAllowed = target.Budget.Max;
            long inTransaction = 0, pinned = 0;
            foreach (var server in target.Pools.SelectMany(pool => pool.Servers))
            {
                inTransaction += server.Lessee?.Protocol.IsInTransaction == true ? 1 : 0;
                pinned += server.Lessee?.Protocol.IsPinned == true ? 1 : 0;
            }
            counters.DatabaseConnectionsCurrentlyInTransaction = inTransaction;
            counters.DatabaseConnectionsCurrentlySessionPinned = pinned;
            counters.ConnectionPools = target.PoolCount;
            counters.ListeningConnections = target.Listening.Connections;
            counters.ListenedChannels = target.Listening.Channels;
            counters.ListeningClients = target.Listening.Clients;
        }
        foreach (var counters in _endpoints.Values)
            counters.ClientsWaiting = 0;
        foreach (var session in proxy.Sessions)
        {
            if (session.IsWaiting && session.Counters is { } counters)
                counters.ClientsWaiting++;
        }
    }

    private static string NameOf(Target target) => $"{target.Config.Host}:{target.Config.Port}";

    private static int IndexOf(string reason)
    {
        for (var i = 0; i < PinNames.All.Count; i++)
        {
            if (PinNames.All[i] == reason)
                return i;
        }
        return 0;
    }

    private LogScope ScopeOf(ClientSession session, ServerConnection? server = null) =>
        Sessions.Scope(session.Endpoint.Name, session.Id, server?.Id ?? 0);
}
