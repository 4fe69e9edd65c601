using System.Security.Cryptography;
using System.Text;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.MySql.Client;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql;

/// <summary>
/// MySQL and MariaDB as a protocol of the data plane. One instance a proxy, on that proxy's loop.
/// </summary>
public sealed class MySqlProtocol(Proxy proxy) : IProtocol
{
    private readonly Dictionary<uint, MySqlClient> _clients = [];
    private readonly Dictionary<Target, TargetLearner> _learners = [];
    private uint _lastId = (uint)RandomNumberGenerator.GetInt32(1, 1 << 20);

    public Proxy Proxy => proxy;

    /// <summary>Who may sign in; replaced when the configuration changes.</summary>
    public required Credentials Credentials { get; set; }

    public ProxyTerms Terms { get; set; } = new();

    internal StateInterner States { get; } = new();

    /// <summary>Users of whom no secret is known, where AuthQuery looks them up.</summary>
    internal AccountLookup Accounts => field ??= new AccountLookup(this);

    public IClientProtocol NewClient(ClientSession session) => new MySqlClient(this, session);

    public IServerProtocol NewServer(ServerConnection server) => new MySqlServer(this, server);

    public string SocketPathOf(TargetConfig target) => target.Host;

    public void SendCancel(ServerConnection server, Action? done = null)
    {
        if (server.TryCancelAfterwards(done))
            return;
        Kill(server, isQueryOnly: true, fault =>
        {
            ((MySqlServer)server.Protocol).CancelFault = fault;
            done?.Invoke();
        });
    }

    /// <summary>One char each byte, as states hold text.</summary>
    internal static string ToWire(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="KillConnection.Start"/>
    internal void Kill(ServerConnection server, bool isQueryOnly, Action<string?> done) =>
        KillConnection.Start(this, server, isQueryOnly, done);

    /// <summary>The number that a client is known by, to itself and to those who kill it.</summary>
    internal uint Register(MySqlClient client)
    {
        do
        {
            _lastId = _lastId == uint.MaxValue ? 1 : _lastId + 1;
        }
        while (!_clients.TryAdd(_lastId, client));
        return _lastId;
    }

    internal void Unregister(uint id) => _clients.Remove(id);

    internal MySqlClient? Find(uint id) => _clients.GetValueOrDefault(id);

    /// <summary>Finds out what a target is, by a first connection to it.</summary>
    /// <param name="client">Who wants to know; not told once it has left.</param>
    /// <param name="done">Null: it is known now, or another target is the right one by now; else why it
    /// could not be asked.</param>
    internal void Learn(Target target, ClientSession client, Action<ErrPacket?> done)
    {
        if (!_learners.TryGetValue(target, out var learner))
            _learners[target] = learner = new TargetLearner(this, target, client.Endpoint,
                () => _learners.Remove(target));
        learner.Add(client, done);
    }

    /// <summary>The target has said what it is, and has not let us in.</summary>
    internal void OnGreeted(Target target)
    {
        if (_learners.TryGetValue(target, out var learner))
            learner.OnGreeted();
    }
}
