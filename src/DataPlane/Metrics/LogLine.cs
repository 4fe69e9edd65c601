namespace Sento.DataPlane.Metrics;

/// <summary>As in RDS's log: [DEBUG], [INFO], [WARN], [ERROR].</summary>
public enum LogLevel { Debug, Info, Warn, Error }

/// <summary>
/// What a line tells. Numbers are for alarms and never change their meaning; new events take new numbers.
/// </summary>
public enum LogEvent
{
    // The process.
    Started = 100,
    ConfigurationApplied = 101,
    ConfigurationRefused = 102,
    Draining = 103,
    Stopped = 104,
    Listening = 105,
    LinesDropped = 106,
    Bug = 107,
    Note = 108,
    AcceptFailed = 109,
    CertificateRefused = 110,

    // A client.
    ClientConnected = 200,
    ClientSignedIn = 201,
    ClientSignInFailed = 202,
    ClientClosed = 203,
    ClientRefused = 204,
    StatementCancelled = 205,
    Statement = 206,
    TokenAccepted = 207,
    TokenRefused = 208,

    // A server connection.
    ServerConnected = 300,
    ServerConnectFailed = 301,
    ServerClosed = 302,
    ServerReset = 303,
    CancelFailed = 304,

    // A session and its server connection.
    Pinned = 400,
    Unpinned = 401,
    BorrowTimedOut = 402,
    QueueFull = 403,

    // A target.
    TargetUp = 500,
    TargetDown = 501,
    TargetRole = 502,
}

/// <summary>Whom a line is about. Zero and null: not about one.</summary>
public readonly record struct LogScope(
    string? Proxy, string? Endpoint, long ClientConnection = 0, long DbConnection = 0)
{
    /// <summary>The process as a whole.</summary>
    public static readonly LogScope Process;
}

/// <summary>One line as it waits for the writer.</summary>
/// <param name="Reason">The cause as one word for machines (an EndReason, a pin reason); JSON only.</param>
internal readonly record struct LogLine(
    DateTime Time, LogLevel Level, LogEvent Event, LogScope Scope, string Message, string? Reason);
