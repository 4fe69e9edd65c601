using Sento.DataPlane.Pool;
using Sento.Model;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Listening;

/// <summary>The listening connections of one proxy. Loop thread only.</summary>
internal sealed class ListeningHubs
{
    private readonly Dictionary<HubKey, ListeningHub> _hubs = [];
    private readonly Dictionary<HubKey, Reservation> _reservations = [];

    /// <summary>The connection that listens for clients like this one; null: there is none yet.</summary>
    public ListeningHub? Find(ClientRelay client, ServerSession server) =>
        _hubs.GetValueOrDefault(KeyFor(client, server));

    /// <summary>
    /// This client's connection may become a listening one: the others of the target still find a connection.
    /// </summary>
    public bool MayAdopt(ClientRelay client)
    {
        var target = client.Pool.Target;
        var perUser = target.Budget.Policy.MaxConnectionsPerUser;
        int ofTarget = 0, ofUser = 0;
        foreach (var (key, user) in _hubs.Values.Select(hub => (hub.Key, hub.User))
            .Concat(_reservations.Select(held => (held.Key, held.Value.User))))
        {
            if (key.Target != target)
                continue;
            ofTarget++;
            if (user == client.Pool.Key.User)
                ofUser++;
        }
        return ofTarget + 1 < target.Budget.Max && (perUser == 0 || ofUser + 1 < perUser);
    }

    /// <summary>
    /// A listening connection for this client is being made: it waits until that is settled.
    /// </summary>
    /// <returns>False: none is being made.</returns>
    public bool WaitsFor(ClientRelay client, ServerSession server, Action settled)
    {
        if (!_reservations.TryGetValue(KeyFor(client, server), out var reservation))
            return false;
        reservation.Settled.Add(settled);
        return true;
    }

    /// <summary>From now until <see cref="Settle"/> nobody else makes one for the same clients.</summary>
    public HubKey Reserve(ClientRelay client, ServerSession server)
    {
        var key = KeyFor(client, server);
        _reservations.Add(key, new Reservation(client.Pool.Key.User, []));
        return key;
    }

    /// <summary>The connection that was reserved for listens now, or will not.</summary>
    public void Settle(HubKey key)
    {
        if (!_reservations.Remove(key, out var reservation))
            return;
        foreach (var settled in reservation.Settled)
            settled();
    }

    public ListeningHub Adopt(HubKey key, ServerSession server, string fence)
    {
        var hub = new ListeningHub(this, key, server, fence);
        _hubs.Add(key, hub);
        return hub;
    }

    public void Remove(ListeningHub hub) => _hubs.Remove(hub.Key);

    /// <summary>False: the session keeps its connection anyway, and so listens on it itself.</summary>
    public static bool MayShare(ClientRelay client) => client.Mode != PoolMode.Session
        && client.Session.Proxy.Config.PinningRules != PinningRules.Rds
        && client.Pool.Key.Variant.Length == 0;

    public static string EncodingOf(ServerSession server) =>
        server.Reported.TryGet("client_encoding", out var encoding) ? encoding! : "UTF8";

    /// <summary>
    /// Whom a client is to take for the notifier: one of our clients, where only that one can have been it.
    /// </summary>
    /// <param name="processId">The server's process.</param>
    public static int NotifierOf(int processId, TargetPool pool)
    {
        foreach (var other in pool.Target.Pools)
        {
            // Where triggers notify, it can have been anybody's statement.
            if (other.Key.Database != pool.Key.Database || PoolFacts.Of(other).MayHideNotify)
                continue;
            foreach (var connection in other.Servers)
            {
                var server = (PostgresServer)connection.Protocol;
                if (server.ProcessId == processId)
                    return server.Session.Notifier.Find(pool.Loop.Now) ?? processId;
            }
        }
        return processId;
    }

    private static HubKey KeyFor(ClientRelay client, ServerSession server) =>
        new(client.Pool.Target, client.Pool.Key.Database, EncodingOf(server));

    private sealed record Reservation(string User, List<Action> Settled);
}

/// <summary>Which client notified last on a server connection, as far as texts tell.</summary>
internal struct Notifier
{
    /// <summary>Notifications of the client before may still be on their way for so long.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    private int _processId;
    private Sento.Base.LoopTime _doubtfulUntil;

    /// <param name="processId">What the client itself was told that it is.</param>
    public void Note(int processId, Sento.Base.LoopTime now)
    {
        if (_processId != 0 && _processId != processId)
            _doubtfulUntil = now + Doubt;
        _processId = processId;
    }

    public readonly int? Find(Sento.Base.LoopTime now) =>
        _processId == 0 || now < _doubtfulUntil ? null : _processId;
}
