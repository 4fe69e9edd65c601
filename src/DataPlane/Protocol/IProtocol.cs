using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Transport;

namespace Sento.DataPlane.Protocol;

/// <summary>A database family: makes the objects that say what bytes mean. One instance a proxy.</summary>
public interface IProtocol
{
    /// <summary>Of the configuration in force.</summary>
    ProxyTerms Terms { get; set; }

    IClientProtocol NewClient(ClientSession session);

    IServerProtocol NewServer(ServerConnection server);

    /// <summary>The Unix socket of a target whose host is a path.</summary>
    string SocketPathOf(TargetConfig target);

    /// <summary>
    /// Opens a short connection of its own that asks the server to cancel what <paramref
    /// name="server"/> runs.
    /// </summary>
    /// <param name="done">Told when the server has been told, or can't be; null: nobody waits.</param>
    void SendCancel(ServerConnection server, Action? done = null);
}

/// <summary>The client's side of one session. Loop thread only.</summary>
public interface IClientProtocol
{
    /// <summary>The client's connection stands; whoever speaks first in this protocol may do so.</summary>
    void OnStarted();

    /// <returns>Bytes done with; see <see cref="IConnectionOwner.OnReceived"/>.</returns>
    int OnReceived(ReadOnlySpan<byte> window);

    void OnSecured(string? error);

    /// <summary>
    /// The connection asked for is lent; bytes held back are shown again at the turn's end.
    /// </summary>
    void OnBorrowed(ServerConnection server);

    void OnBorrowFailed(BorrowFailure failure);

    /// <summary>The server's side takes bytes again.</summary>
    void OnServerDrained();

    /// <summary>The client takes bytes again.</summary>
    void OnClientDrained();

    /// <summary>
    /// The session ends for this reason: say goodbye in the client's own protocol, if anything may be
    /// said.
    /// </summary>
    void SayGoodbye(Goodbye goodbye);

    /// <summary>
    /// The session is over: give back or break what is lent. The client's connection is closed by the
    /// caller.
    /// </summary>
    void OnEnded();

    /// <summary>True inside a transaction.</summary>
    bool IsInTransaction { get; }

    /// <summary>True while it keeps a server connection between transactions.</summary>
    bool IsPinned { get; }

    /// <summary>Of the pin there is; only while <see cref="IsPinned"/>.</summary>
    PinFacts Pin { get; }

    /// <summary>What the client calls itself; null: nothing.</summary>
    string? ApplicationName { get; }

    /// <summary>The server connection it holds now; null: none.</summary>
    long? ServerId { get; }

    /// <summary>True while a reply is owed to the client, or it waits for a connection.</summary>
    bool IsBusy { get; }

    /// <summary>
    /// True while more is to come of what it has begun, as of a result that it fetches piece by piece: time
    /// counts as if it were idle, but a drain waits for it as for a transaction.
    /// </summary>
    bool IsUnfinished => false;
}

/// <summary>The server's side of one server connection. Loop thread only.</summary>
public interface IServerProtocol
{
    /// <summary>
    /// The socket stands: secure it as configured, sign in, then <see
    /// cref="ServerConnection.BecomeReady"/>.
    /// </summary>
    void OnConnected();

    void OnSecured(string? error);

    int OnReceived(ReadOnlySpan<byte> window);

    void OnDrained();

    /// <summary>
    /// There will be no sign-in here: what was made for it alone is wiped. The connection is closed next.
    /// </summary>
    void OnLoginFailed();

    /// <summary>
    /// The server says in TLS that it sends no more. True: whether it has read what it was asked last
    /// matters.
    /// </summary>
    bool AwaitsEnd => false;

    /// <summary>The server is gone: tell whoever borrowed it.</summary>
    void OnLost(string why);

    /// <summary>The last of the cancels on their way has arrived; what it hit, if anything, is to be
    /// heard.</summary>
    void OnCancelsDone();

    /// <summary>Politely says that we leave; the connection is closed next.</summary>
    void SayGoodbye();

    /// <summary>The process as the server itself numbers it.</summary>
    int ProcessId { get; }

    /// <summary>The client that holds it now; null: none.</summary>
    long? ClientId { get; }

    int PreparedStatements { get; }

    /// <summary>
    /// Asks an idle server for a sign of life, and is to call <see cref="ServerConnection.StopDeadline"/>
    /// when it has come; the connection breaks if none comes.
    /// </summary>
    void Ping();
}

/// <summary>Why a session is pinned, as people read it.</summary>
/// <param name="Digest">The statement without its values; empty: none caused it.</param>
public readonly record struct PinFacts(string Reason, string Digest, Sento.Base.LoopTime Since, string EndsWhen);
