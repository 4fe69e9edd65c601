using System.Security.Cryptography;
using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Postgres.Client;
using Sento.Postgres.Listening;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres;

/// <summary>PostgreSQL as a protocol of the data plane. One instance a proxy, on that proxy's loop.</summary>
public sealed class PostgresProtocol : IProtocol
{
    public PostgresProtocol(Proxy proxy)
    {
        Proxy = proxy;
        RoleLookup = new RoleLookup(this);
    }

    /// <summary>
    /// Linux numbers its processes below: so a client never takes the server's own process for itself.
    /// </summary>
    private const int ProcessIdMin = 1 << 22;

    private readonly Dictionary<int, PostgresClient> _cancellable = [];
    private int _lastProcessId = ProcessIdMin + RandomNumberGenerator.GetInt32(1, 1 << 20);

    public Proxy Proxy { get; }

    /// <summary>Who may sign in; replaced when the configuration changes.</summary>
    public required Credentials Credentials { get; set; }

    public ProxyTerms Terms { get; set; } = new();

    internal SettingsInterner Settings { get; } = new();

    internal RoleLookup RoleLookup { get; }

    internal ListeningHubs Hubs { get; } = new();

    internal StatementRegistry Registry { get; } = new();

    public IClientProtocol NewClient(ClientSession session) => new PostgresClient(this, session);

    public IServerProtocol NewServer(ServerConnection server) => new PostgresServer(this, server);

    public string SocketPathOf(TargetConfig target) => $"{target.Host}/.s.PGSQL.{target.Port}";

    public void SendCancel(ServerConnection server, Action? done = null)
    {
        if (!server.TryCancelAfterwards(done))
            CancelConnection.Start(this, server, done);
    }

    /// <summary>The process number and the key that this client may cancel with.</summary>
    internal (int ProcessId, byte[] Key) Register(PostgresClient client, int minor)
    {
        do
        {
            _lastProcessId = _lastProcessId == int.MaxValue ? ProcessIdMin : _lastProcessId + 1;
        }
        while (!_cancellable.TryAdd(_lastProcessId, client));
        return (_lastProcessId, RandomBytes.Next(minor >= 2 ? 32 : 4));
    }

    internal void Unregister(int processId) => _cancellable.Remove(processId);

    /// <summary>
    /// Cancels what the client of this number runs, if the key is its own. Says nothing, as PostgreSQL.
    /// </summary>
    /// <param name="done">Told when the cancel has arrived: only then may its own connection be
    /// closed.</param>
    internal void Cancel(int processId, ReadOnlySpan<byte> key, Action done)
    {
        if (_cancellable.TryGetValue(processId, out var client) && client.HasCancelKey(key))
            client.Cancel(done);
        else
            done();
    }
}
