using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;

namespace Sento.DataPlane;

/// <summary>
/// What the data path tells the outside: counters and log lines. Loop thread; never blocks.
/// </summary>
public interface IProxyReport
{
    void OnFault(Exception fault);

    void OnClientConnected(ClientSession session);

    void OnClientSignedIn(ClientSession session);

    /// <param name="why">For the log; the client was told less.</param>
    void OnSignInFailed(ClientSession session, string why);

    void OnClientEnded(ClientSession session, EndReason reason);

    void OnAcceptFailed(string error);

    /// <summary>A client will get no connection for what it asked.</summary>
    void OnBorrowFailed(ClientSession session, BorrowFailure failure, TimeSpan waited);

    /// <summary>A target has told, or is thought, to be a writer or a reader now.</summary>
    void OnTargetRole(Target target);

    /// <summary>A request of a client was sent to a server, or answered by us.</summary>
    void OnQuery(ClientSession session);

    /// <param name="reason">Its name, as in the metrics.</param>
    /// <param name="words">The reason as a sentence.</param>
    /// <param name="endsWhen">As a clause; null: only with the session.</param>
    /// <param name="digest">The statement without its values; empty: none caused it.</param>
    void OnPinned(
        ClientSession session, ServerConnection? server, string reason, string words, string? endsWhen, string digest);

    void OnUnpinned(ClientSession session, ServerConnection? server, string reason, TimeSpan held);

    void OnServerOpened(ServerConnection server);

    void OnServerLoginFailed(TargetPool pool, LoginFailure failure);

    /// <summary>A statement was to be ended at its server, and was not.</summary>
    /// <param name="why">As a clause; nothing of the statement's.</param>
    void OnCancelFailed(ServerConnection server, string why);

    void OnServerClosed(ServerConnection server, EndReason reason, string detail);
}
