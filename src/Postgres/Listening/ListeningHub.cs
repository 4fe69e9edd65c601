using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Listening;

/// <summary>
/// The one server connection that listens for all clients of a database, and who of them hears what.
/// </summary>
/// <remarks>
/// It began as the connection of the first client that listened, and goes back to its pool, cleaned, when
/// the last one has left. Loop thread only. Why it works: docs/decisions/0008-listen-without-a-pin.md.
/// </remarks>
internal sealed class ListeningHub
{
    private readonly ListeningHubs _owner;
    private readonly ServerSession _server;
    private readonly Dictionary<string, List<ClientListening>> _channels = [];
    private readonly HashSet<ClientListening> _clients = [];
    private readonly Dictionary<string, ChannelMove> _marks = [];
    private readonly ByteBuffer _output = new(256);
    private List<Action> _caughtUp = [];
    private bool _isAsking;
    private long _lastToken;

    public ListeningHub(ListeningHubs owner, HubKey key, ServerSession server, string fence)
    {
        _owner = owner;
        _server = server;
        Key = key;
        Fence = fence;
        server.Hub = this;
        server.Connection.OnTakenOver();
        Counts.Connections++;
    }

    public HubKey Key { get; }

    /// <summary>The channel of the marks, which nobody else can guess.</summary>
    public string Fence { get; }

    public string User => _server.Connection.Pool.Key.User;

    private ListeningCounts Counts => Key.Target.Listening;

    public static string NewFence() =>
        "sento-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>A new client, which hears nothing yet.</summary>
    public void Join(ClientListening client)
    {
        if (_clients.Add(client))
            Counts.Clients++;
    }

    /// <summary>
    /// The client hears these channels from now on. What the connection listens to already needs no telling.
    /// </summary>
    public void Register(ClientListening client, IEnumerable<string> channels)
    {
        foreach (var channel in channels)
        {
            if (!_channels.TryGetValue(channel, out var clients))
            {
                _channels[channel] = clients = [];
                Counts.Channels++;
            }
            if (!clients.Contains(client))
                clients.Add(client);
        }
    }

    /// <summary>
    /// Listens to these channels too, and tells when that holds: with false, when it could not be done.
    /// </summary>
    public void Subscribe(IReadOnlyCollection<string> channels, Action<bool> done) =>
        Start(new SimpleExchange(ChannelSql.Listen(channels), (_, failed) => done(!failed)));

    /// <summary>The client no longer hears these channels.</summary>
    public void Unregister(ClientListening client, IEnumerable<string> channels)
    {
        foreach (var channel in channels)
        {
            if (!_channels.TryGetValue(channel, out var clients) || !clients.Remove(client)
                || clients.Count > 0)
                continue;
            _channels.Remove(channel);
            Counts.Channels--;
            Start(new SimpleExchange(ChannelSql.Unlisten(channel), (_, _) => { }));
        }
    }

    /// <summary>The client has gone, or listens to nothing any more; the last one ends the hub.</summary>
    public void Leave(ClientListening client, IEnumerable<string> channels)
    {
        if (!_clients.Remove(client))
            return;
        Counts.Clients--;
        if (_clients.Count > 0)
        {
            Unregister(client, channels);
            return;
        }
        Close();
        ((PostgresServer)_server.Connection.Protocol).CleanUp(CleanUpUrgency.LetFinish, PinCause.Listening);
    }

    /// <summary>A word that a move recognises in both streams.</summary>
    public string NewMark(ChannelMove move)
    {
        var token = (++_lastToken).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _marks[token] = move;
        return token;
    }

    public void ForgetMark(string token) => _marks.Remove(token);

    /// <summary>
    /// Tells when everything has been heard that was committed before this call: the server signals its
    /// listeners before it answers the COMMIT, and a listener sends what it was signalled before it is ready
    /// for the next statement.
    /// </summary>
    public void CatchUp(Action done)
    {
        _caughtUp.Add(done);
        if (!_isAsking)
            AskAgain();
    }

    /// <summary>Body of a NotificationResponse that the shared connection has received.</summary>
    public void OnNotification(ReadOnlySpan<byte> body)
    {
        var notification = Notification.Read(body);
        if (notification.Channel == Fence)
        {
            if (_marks.Remove(notification.Payload, out var move))
                move.OnMarkAtHub();
            return;
        }
        if (!_channels.TryGetValue(notification.Channel, out var clients))
            return;
        if (clients.Count == 1)
        {
            clients[0].Hear(notification);
            return;
        }
        // Whoever is ended for its slowness leaves this list meanwhile.
        foreach (var client in clients.ToArray())
            client.Hear(notification);
    }

    /// <summary>
    /// The connection is gone, and with it what was notified until another one listens: nobody can say what
    /// that was, so the clients learn it as they would from the server's own end.
    /// </summary>
    public void OnLost(string why)
    {
        Close();
        var clients = _clients.ToArray();
        _clients.Clear();
        foreach (var client in clients)
            client.OnHubLost(why);
    }

    private void Close()
    {
        _owner.Remove(this);
        _server.Hub = null;
        Counts.Connections--;
        Counts.Channels -= _channels.Count;
        Counts.Clients -= _clients.Count;
        _channels.Clear();
    }

    private void AskAgain()
    {
        var waiting = _caughtUp;
        _caughtUp = [];
        _isAsking = true;
        Start(new SimpleExchange([], (_, _) =>
        {
            _isAsking = false;
            if (_caughtUp.Count > 0)
                AskAgain();
            foreach (var done in waiting)
                done();
        }));
    }

    private void Start(InternalExchange exchange)
    {
        // Not the loop's scratch: a client may leave in the middle of building its own messages there.
        _server.Start(exchange, _output);
        _server.Connection.Connection.Send(_output.Written);
        _output.Clear();
    }
}

/// <summary>
/// Clients of one database share a listening connection if they write text in the same encoding.
/// </summary>
/// <param name="Encoding">The client_encoding in which channels and payloads are sent.</param>
internal readonly record struct HubKey(Target Target, string Database, string Encoding);
