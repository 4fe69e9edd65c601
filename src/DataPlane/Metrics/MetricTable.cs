namespace Sento.DataPlane.Metrics;

internal enum MetricKind { Gauge, Counter, Highest }

/// <param name="Name">CloudWatch's name; Sento's own are spelled the same way.</param>
internal sealed record Metric<T>(string Name, MetricKind Kind, string Help, Func<T, long> Read);

/// <param name="Label">The label that tells the elements apart.</param>
internal sealed record MetricArray<T>(
    string Name, string Label, MetricKind Kind, string Help, Func<T, long[]> Read);

internal sealed record MetricHistogram<T>(string Name, string Help, Func<T, WaitHistogram> Read);

internal sealed record MetricLatency<T>(string Name, string Help, Func<T, LatencySum> Read);

/// <summary>
/// Every number that is counted, with its name and meaning; the exposition is made from it.
/// </summary>
internal static class MetricTable
{
    public static readonly Metric<EndpointCounters>[] Endpoint =
    [
        new("ClientConnections", MetricKind.Gauge, "Client connections now.", c => c.ClientConnections),
        new("ClientConnectionsTLS", MetricKind.Gauge, "Client connections with TLS now.",
            c => c.ClientConnectionsTLS),
        new("ClientConnectionsNoTLS", MetricKind.Gauge, "Client connections without TLS now.",
            c => c.ClientConnectionsNoTLS),
        new("ClientsWaiting", MetricKind.Gauge, "Clients that wait for a database connection now.",
            c => c.ClientsWaiting),
        new("ClientConnectionsReceived", MetricKind.Counter, "Client connections accepted.",
            c => c.ClientConnectionsReceived),
        new("ClientConnectionsSetupSucceeded", MetricKind.Counter, "Clients that signed in.",
            c => c.ClientConnectionsSetupSucceeded),
        new("ClientConnectionsSetupFailedAuth", MetricKind.Counter,
            "Clients that failed at authentication or TLS.", c => c.ClientConnectionsSetupFailedAuth),
        new("ClientConnectionsClosed", MetricKind.Counter, "Client connections closed.",
            c => c.ClientConnectionsClosed),
        new("QueryRequests", MetricKind.Counter, "Queries received, extended protocol included.",
            c => c.QueryRequests),
        new("QueryRequestsTLS", MetricKind.Counter, "Queries received over TLS.", c => c.QueryRequestsTLS),
        new("QueryRequestsNoTLS", MetricKind.Counter, "Queries received without TLS.",
            c => c.QueryRequestsNoTLS),
        new("Transactions", MetricKind.Counter, "Transactions ended, single statements included.",
            c => c.Transactions),
        new("BytesFromClients", MetricKind.Counter, "Bytes received from clients.", c => c.BytesFromClients),
        new("BytesToClients", MetricKind.Counter, "Bytes sent to clients.", c => c.BytesToClients),
        new("BorrowTimeouts", MetricKind.Counter,
            "Clients that waited for longer than ConnectionBorrowTimeout.",
            c => c.BorrowTimeouts),
        new("CancelRequests", MetricKind.Counter, "Cancel requests received.", c => c.CancelRequests),
        new("StatementsAbandoned", MetricKind.Counter,
            "Statements cancelled since their client had vanished.", c => c.StatementsAbandoned),
        new("PreparedHits", MetricKind.Counter, "Statements found prepared on the database connection.",
            c => c.PreparedHits),
        new("PreparedMisses", MetricKind.Counter, "Statements that had to be prepared first.",
            c => c.PreparedMisses),
        new("SettingsReplays", MetricKind.Counter, "Borrows that had to bring settings along.",
            c => c.SettingsReplays),
        new("AnsweredLocally", MetricKind.Counter, "Requests answered without a database connection.",
            c => c.AnsweredLocally),
    ];

    public static readonly MetricArray<EndpointCounters>[] EndpointByPinReason =
    [
        new("Pins", "reason", MetricKind.Counter, "Sessions pinned to a database connection.", c => c.Pins),
        new("SessionsPinned", "reason", MetricKind.Gauge, "Sessions pinned now.", c => c.PinnedNow),
    ];

    public static readonly MetricArray<EndpointCounters> ClientEnds =
        new("ClientConnectionsEnded", "reason", MetricKind.Counter, "Client connections closed, by cause.",
            c => c.ClientEnds);

    public static readonly MetricHistogram<EndpointCounters>[] EndpointHistograms =
    [
        new("DatabaseConnectionsBorrowLatency", "Time to get a database connection.", c => c.BorrowWait),
        new("ClientSignIn", "Time from a client's first byte until it is signed in.", c => c.SignIn),
        new("SessionPinned", "Time that sessions were pinned.", c => c.PinnedTime),
    ];

    public static readonly MetricLatency<EndpointCounters>[] EndpointLatencies =
    [
        new(
            "QueryResponseLatency", "Time from a request to the proxy's answer.",
            c => c.QueryResponseLatency),
        new("QueryDatabaseResponseLatency", "Time that the database took, the network included.",
            c => c.QueryDatabaseResponseLatency),
    ];

    public static readonly Metric<TargetCounters>[] Target =
    [
        new("AvailabilityPercentage", MetricKind.Highest, "100 while the target is up, else 0.",
            c => c.AvailabilityPercentage),
        new("MaxDatabaseConnectionsAllowed", MetricKind.Highest, "Database connections that may be open.",
            c => c.MaxDatabaseConnectionsAllowed),
        new("DatabaseConnections", MetricKind.Gauge, "Database connections now.", c => c.DatabaseConnections),
        new("DatabaseConnectionsWithTLS", MetricKind.Gauge, "Database connections with TLS now.",
            c => c.DatabaseConnectionsWithTLS),
        new("DatabaseConnectionsCurrentlyBorrowed", MetricKind.Gauge,
            "Database connections lent to a client now.",
            c => c.DatabaseConnectionsCurrentlyBorrowed),
        new("DatabaseConnectionsCurrentlyInTransaction", MetricKind.Gauge,
            "Database connections in a transaction now.", c => c.DatabaseConnectionsCurrentlyInTransaction),
        new("DatabaseConnectionsCurrentlySessionPinned", MetricKind.Gauge, "Database connections pinned now.",
            c => c.DatabaseConnectionsCurrentlySessionPinned),
        new("ConnectionPools", MetricKind.Gauge, "Databases and users that connections are pooled for now.",
            c => c.ConnectionPools),
        new("ListeningConnections", MetricKind.Gauge,
            "Database connections that listen for notifications, for many clients each.",
            c => c.ListeningConnections),
        new("ListenedChannels", MetricKind.Gauge, "Channels that these connections listen to now.",
            c => c.ListenedChannels),
        new("ListeningClients", MetricKind.Gauge, "Clients that these connections listen for now.",
            c => c.ListeningClients),
        new("DatabaseConnectionRequests", MetricKind.Counter, "Database connections asked for.",
            c => c.DatabaseConnectionRequests),
        new("DatabaseConnectionRequestsWithTLS", MetricKind.Counter,
            "Database connections asked for with TLS.",
            c => c.DatabaseConnectionRequestsWithTLS),
        new("DatabaseConnectionsSetupSucceeded", MetricKind.Counter, "Database connections established.",
            c => c.DatabaseConnectionsSetupSucceeded),
        new("DatabaseConnectionsSetupFailed", MetricKind.Counter,
            "Database connections that failed to come up.",
            c => c.DatabaseConnectionsSetupFailed),
    ];

    public static readonly MetricArray<TargetCounters> ServerEnds =
        new(
            "DatabaseConnectionsEnded", "reason", MetricKind.Counter,
            "Database connections closed, by cause.", c => c.ServerEnds);

    public static readonly MetricHistogram<TargetCounters> ConnectTime =
        new(
            "DatabaseConnectionSetup", "Time until a new database connection could be lent.",
            c => c.ConnectTime);
}
