namespace Sento.Base;

/// <summary>Why a client session or a server connection ended.</summary>
public enum EndReason
{
    None = 0,

    // The client's doing.
    ClientTerminated,
    ClientVanished,
    ClientViolatedProtocol,
    ClientRefusedSignIn,
    ClientIdleTooLong,
    ClientSignInTooSlow,
    IdleInTransactionTooLong,
    TransactionTooLong,
    TransactionRefused,
    ClientTooSlow,
    ClientLost,

    // The server's doing.
    ServerClosed,
    ServerSentGarbage,
    ServerRefusedLogin,
    ServerUnreachable,
    ServerLifetimeReached,
    ServerIdleTooLong,
    ServerNotClean,
    ServerEvicted,
    ServerStale,
    NotificationsLost,
    SessionStateLost,

    // Ours.
    BorrowTimedOut,
    QueueFull,
    TooManyClients,
    Draining,
    ConfigurationChanged,
    OutOfMemoryBudget,
    ProxyBug,
}
