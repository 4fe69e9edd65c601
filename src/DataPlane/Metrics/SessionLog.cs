using System.Globalization;
using System.Runtime.CompilerServices;
using Sento.Base;

namespace Sento.DataPlane.Metrics;

/// <summary>
/// What one proxy logs about its clients and server connections: the texts of all lines stand here.
/// </summary>
/// <remarks>
/// Texts are RDS Proxy's where it has one, so that existing log filters go on working. Any thread; never
/// waits.
/// No method takes a password, and only <see cref="Statement"/>, which DebugLogging turns on, takes SQL text.
/// </remarks>
/// <param name="isDebugOn">DebugLogging of the proxy.</param>
public sealed class SessionLog(Log log, string proxy, bool isDebugOn)
{
    private volatile bool _isDebugOn = isDebugOn;

    public Log Log => log;

    /// <summary>Whether this proxy writes debug lines; changes with the configuration.</summary>
    public bool IsDebugOn
    {
        get => _isDebugOn || log.IsOn(LogLevel.Debug);
        set => _isDebugOn = value;
    }

    public LogScope Scope(string endpoint, long clientConnection, long dbConnection = 0) =>
        new(proxy, endpoint, clientConnection, dbConnection);

    public void ClientConnected(in LogScope scope, string address) =>
        log.Write(LogLevel.Info, LogEvent.ClientConnected, scope, $"A new client connected from {address}.");

    /// <param name="method">How the client proved who it is: SCRAM-SHA-256, md5, certificate …</param>
    public void ClientSignedIn(
        in LogScope scope, string user, string database, string? applicationName, string method,
        bool isTls) =>
        log.Write(
            LogLevel.Info, LogEvent.ClientSignedIn, scope,
            $"User \"{user}\" signed in to database \"{database}\" with {method} "
            + $"{(isTls ? "over TLS" : "without TLS")}"
            + $"{(string.IsNullOrEmpty(applicationName) ? "" : $" as application \"{applicationName}\"")}.");

    /// <param name="why">Our own words; never anything that the client sent as its proof.</param>
    /// <param name="engine">PostgreSQL or MySQL, as RDS Proxy's own log says it.</param>
    public void ClientSignInFailed(
        in LogScope scope, string engine, string user, string method, string why) =>
        log.Write(
            LogLevel.Info, LogEvent.ClientSignInFailed, scope,
            $"Proxy authentication with {engine} {method} authentication failed for user \"{user}\": "
            + $"{why}");

    /// <summary>One line for each decision: who, as whom, from where, by what.</summary>
    /// <param name="verdict">As one word.</param>
    /// <param name="by">The statement that decided, or what else did, as a clause.</param>
    public void TokenJudged(
        in LogScope scope, bool isAccepted, string verdict, string user, string peer, string proof,
        string? principal, string by)
    {
        if (!log.IsOn(LogLevel.Info))
            return;
        log.Enqueue(
            LogLevel.Info, isAccepted ? LogEvent.TokenAccepted : LogEvent.TokenRefused, scope,
            $"IAM token {(isAccepted ? "accepted" : "refused")} for user \"{user}\" from {peer}, {proof}, "
            + $"principal {principal ?? "unknown"}: {by}.", verdict);
    }

    public void ClientRefused(in LogScope scope, EndReason reason, string detail) =>
        log.Write(
            LogLevel.Warn, LogEvent.ClientRefused, scope,
            $"A client was refused. Reason: {EndReasonText.Of(reason)} {detail}",
            Word(log, LogLevel.Warn, reason));

    public void ClientClosed(in LogScope scope, EndReason reason, TimeSpan lasted, long transactions) =>
        log.Write(
            LogLevel.Info, LogEvent.ClientClosed, scope,
            $"The client connection closed. Reason: {EndReasonText.Of(reason)} "
            + $"It lasted {Seconds(lasted)} s and ran {transactions} transactions.",
            Word(log, LogLevel.Info, reason));

    public void StatementCancelled(in LogScope scope, string why) =>
        log.Write(
            LogLevel.Info, LogEvent.StatementCancelled, scope, $"The running statement was cancelled: {why}");

    public void ServerConnected(
        in LogScope scope, string from, string to, string user, string database, int pid) =>
        log.Write(
            LogLevel.Info, LogEvent.ServerConnected, scope,
            $"A TCP connection was established from the proxy at {from} to the database at {to}, "
            + $"user \"{user}\", database \"{database}\", process {pid}.");

    /// <param name="why">The server's error or the system's, without values.</param>
    public void ServerConnectFailed(in LogScope scope, string target, EndReason reason, string why) =>
        log.Write(
            LogLevel.Warn, LogEvent.ServerConnectFailed, scope,
            $"The connection to the database at {target} failed: {EndReasonText.Of(reason)} {why}",
            Word(log, LogLevel.Warn, reason));

    /// <param name="detail">What more is to be said: our own words, never the server's.</param>
    public void ServerClosed(in LogScope scope, EndReason reason, string detail = "") =>
        log.Write(
            LogLevel.Info, LogEvent.ServerClosed, scope,
            $"The database connection closed. Reason: {EndReasonText.Of(reason)}{detail}",
            Word(log, LogLevel.Info, reason));

    public void ServerReset(in LogScope scope) =>
        log.Write(
            LogLevel.Info, LogEvent.ServerReset, scope,
            "The database connection was released to the connection pool upon session reset.");

    /// <param name="why">As a clause: our own words, or the server's about the connection it refused.</param>
    public void CancelFailed(in LogScope scope, string why) =>
        log.Write(
            LogLevel.Warn, LogEvent.CancelFailed, scope,
            $"A KILL was not done: {why}. The statement may go on at the server.");

    /// <param name="reason">The reason's name, as in the metrics.</param>
    /// <param name="words">The reason as a sentence.</param>
    /// <param name="fingerprint">The statement without values; null: no statement caused it.</param>
    /// <param name="endsWhen">What will end the pin, as a clause; null: only the session's end.</param>
    public void Pinned(in LogScope scope, string reason, string words, string? fingerprint, string? endsWhen)
    {
        if (!log.IsOn(LogLevel.Warn))
            return;
        var until = endsWhen is null
            ? " for the remainder of the session. "
            + "The proxy can't reuse this connection until the session ends."
            : $". The proxy can't reuse this connection until {endsWhen}.";
        var digest = fingerprint is null ? "" : $" Digest: \"{fingerprint}\".";
        log.Enqueue(
            LogLevel.Warn, LogEvent.Pinned, scope,
            $"The client session was pinned to the database connection "
            + $"[dbConnection={scope.DbConnection}]{until} "
            + $"Reason: {words}{digest}", reason);
    }

    public void Unpinned(in LogScope scope, string reason, TimeSpan held, string why) =>
        log.Write(
            LogLevel.Info, LogEvent.Unpinned, scope,
            $"The client session was unpinned from the database connection "
            + $"[dbConnection={scope.DbConnection}] "
            + $"after {Seconds(held)} s: {why}", reason);

    public void BorrowTimedOut(in LogScope scope, TimeSpan waited, int waiting) =>
        log.Write(
            LogLevel.Warn, LogEvent.BorrowTimedOut, scope,
            $"Timed-out waiting to acquire database connection after {Seconds(waited)} s; "
            + $"{waiting} clients wait.");

    public void TargetDown(string target, string why) =>
        log.Write(
            LogLevel.Warn, LogEvent.TargetDown, new LogScope(proxy, null), $"Target {target} is down: {why}");

    public void TargetRole(string target, string what) =>
        log.Write(LogLevel.Info, LogEvent.TargetRole, new LogScope(proxy, null), $"Target {target} {what}.");

    public void TargetUp(string target) =>
        log.Write(LogLevel.Info, LogEvent.TargetUp, new LogScope(proxy, null), $"Target {target} is up.");

    /// <summary>DebugLogging only: the SQL text as the client sent it.</summary>
    public void Statement(in LogScope scope, ReadOnlySpan<byte> text) =>
        Debug(scope, LogEvent.Statement, $"{text}");

    public void Debug(
        in LogScope scope, LogEvent what, [InterpolatedStringHandlerArgument("")] ref LogMessage message)
    {
        if (message.IsOn)
            log.Enqueue(LogLevel.Debug, what, scope, message.Take(), null);
    }

    private static string Seconds(TimeSpan span) =>
        span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    // Enum.ToString makes a string each time: only for a line that will be written.
    private static string? Word(Log log, LogLevel level, EndReason reason) =>
        log.IsOn(level) ? reason.ToString() : null;
}
