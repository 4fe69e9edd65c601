using Sento.Base;

namespace Sento.DataPlane.Metrics;

/// <summary>Why a session or a server connection ended, as the log says it.</summary>
public static class EndReasonText
{
    public static string Of(EndReason reason) => reason switch
    {
        EndReason.ClientTerminated => "The client requested that the connection close.",
        EndReason.ClientVanished => "The client closed the TCP channel without saying goodbye.",
        EndReason.ClientViolatedProtocol => "The client violated the protocol.",
        EndReason.ClientRefusedSignIn => "The client could not sign in.",
        EndReason.ClientIdleTooLong => "The client was idle for longer than IdleClientTimeout.",
        EndReason.ClientSignInTooSlow => "The client took longer than SignInTimeout to sign in.",
        EndReason.IdleInTransactionTooLong =>
            "The client was idle inside a transaction for longer than IdleInTransactionTimeout.",
        EndReason.TransactionTooLong => "The transaction took longer than TransactionTimeout.",
        EndReason.TransactionRefused => "The client began a transaction, but PoolMode is statement.",
        EndReason.ClientLost =>
            "The client held a database connection and its machine answered nothing for LostClientTimeout.",
        EndReason.ClientTooSlow => "The client did not take its notifications (NotificationBytesMax).",
        EndReason.NotificationsLost =>
            "The database connection that listened for the client was lost, perhaps with notifications.",
        EndReason.SessionStateLost =>
            "The database connection that held what can't move of the session's state was lost.",
        EndReason.ServerClosed => "The database closed the connection.",
        EndReason.ServerSentGarbage => "The database violated the protocol.",
        EndReason.ServerRefusedLogin => "The database refused the sign-in.",
        EndReason.ServerUnreachable => "The database could not be reached.",
        EndReason.ServerLifetimeReached => "The database connection reached ServerLifetime.",
        EndReason.ServerIdleTooLong => "The database connection was idle for longer than ServerIdleTimeout.",
        EndReason.ServerNotClean =>
            "The client connection that borrowed this database connection ended in the middle of a request, "
            + "and the connection could not be proven clean.",
        EndReason.ServerEvicted => "Its place was needed for a client of another pool.",
        EndReason.ServerStale => "The target or the credentials changed.",
        EndReason.BorrowTimedOut => "No database connection became free within ConnectionBorrowTimeout.",
        EndReason.QueueFull => "MaxWaitingClients were already waiting for a database connection.",
        EndReason.TooManyClients => "The number of client connections reached its limit.",
        EndReason.Draining => "The proxy is shutting down.",
        EndReason.ConfigurationChanged => "The configuration changed.",
        EndReason.OutOfMemoryBudget => "The proxy's memory budget was used up.",
        EndReason.ProxyBug => "A defect in the proxy. Please report it with this line.",
        _ => reason.ToString(),
    };
}
