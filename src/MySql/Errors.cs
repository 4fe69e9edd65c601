using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;

namespace Sento.MySql;

/// <summary>
/// Our own errors as MySQL's clients expect them: code, SQLSTATE, words that name the setting.
/// </summary>
internal static class Errors
{
    public static readonly ErrPacket UnknownCommand = new(1047, "08S01", "Unknown command");

    /// <summary>The same words whether the user or the password is wrong.</summary>
    public static ErrPacket AccessDenied(string user, string host, bool hasProof) => new(
        1045, "28000", $"Access denied for user '{user}'@'{host}' (using "
            + $"password: {(hasProof ? "YES" : "NO")})");

    public static ErrPacket TlsRequired { get; } = new(
        3159, "HY000", "Connections using insecure transport are prohibited: RequireTLS of this proxy is "
            + "true.");

    private static readonly ErrPacket TokenNeedsTls = new(
        3159, "HY000", "IAM authentication is allowed only with SSL connections.");

    /// <summary>RDS's text.</summary>
    private static readonly ErrPacket TokensTooMany = new(
        1040, "HY000", "IAM authentication rate limit exceeded");

    /// <summary>MySQL's words.</summary>
    private static readonly ErrPacket OldClient = new(
        1251, "08004", "Client does not support authentication protocol requested by server; consider "
            + "upgrading MySQL client");

    /// <returns>Null: that of a wrong user or password.</returns>
    public static ErrPacket? Of(SignInRefusal refusal) => refusal switch
    {
        SignInRefusal.TokenNeedsTls => TokenNeedsTls,
        SignInRefusal.TokensTooMany => TokensTooMany,
        SignInRefusal.OldClient => OldClient,
        _ => null,
    };

    /// <param name="command">As MariaDB calls it; MySQL has one name for all.</param>
    public static ErrPacket UnknownStatement(uint number, string command, bool isMariaDb) =>
        new(1243, "HY000",
        $"Unknown prepared statement handler ({number}) given "
            + $"to {(isMariaDb ? command : "mysql_stmt_precheck")}");

    public static ErrPacket NoCursor(uint number, bool isMariaDb) => new(1421, "HY000",
        $"The statement ({number}) has no open cursor{(isMariaDb ? "" : ".")}");

    public static ErrPacket Of(Goodbye goodbye) =>
        new(CodeOf(goodbye.Reason), StateOf(goodbye.Reason), Join(goodbye.Message, goodbye.Hint));

    public static ErrPacket Of(BorrowFailure failure)
    {
        if (failure.ServerError is ErrPacket error)
            return error;
        return failure.Kind switch
        {
            BorrowFailureKind.QueueFull => new ErrPacket(1040, "08004", Join(failure.Message, failure.Hint)),
            BorrowFailureKind.Draining => new ErrPacket(1053, "08S01", Join(failure.Message, failure.Hint)),
            BorrowFailureKind.TimedOut => new ErrPacket(1205, "HY000", Join(failure.Message, failure.Hint)),
            _ => new ErrPacket(1105, "HY000", Join(failure.Message, failure.Hint)),
        };
    }

    /// <summary>
    /// To those who have not signed in: neither what the server has said to us nor for which user we asked.
    /// </summary>
    public static ErrPacket NotGreeted(TargetConfig target, BorrowFailure failure) =>
        failure is { ServerError: null, Kind: not BorrowFailureKind.ServerRefused } ? Of(failure)
        : Of(failure with
        {
            ServerError = null,
            Message = $"The target {target.Host}:{target.Port} has not let Sento in, so nobody can sign in.",
            Hint = "Sento's log says why: correct the target, or the first user of Auth.",
        });

    /// <summary>The server connection is gone, and what ran or stood open on it.</summary>
    /// <param name="isInDoubt">A command was sent and not answered: it may have been done.</param>
    public static ErrPacket Lost(string why, bool isInDoubt) => new(1105, "08S01",
        "The database connection was lost: " + why + (isInDoubt
            ? ". What was sent last may have been done: ask the database."
            : ". The transaction was rolled back. Run it again."));

    public static ErrPacket LostParts { get; } = new(1105, "HY000",
        "Parts of a parameter that were sent ahead (COM_STMT_SEND_LONG_DATA) were lost with the database "
            + "connection. Send them once more, then execute.");

    /// <summary>One server connection after the other went before a command could run there.</summary>
    public static ErrPacket NeverRan(string why, int times) => new(1105, "08S01",
        $"The database connection was lost {times} times before the command could run: {why}. It has not "
            + "run. The server's log may say why; a text longer than its max_allowed_packet is one cause.");

    /// <param name="why">As a clause.</param>
    public static ErrPacket NotKilled(string why) => new(1105, "HY000", $"The KILL was not done: {why}. The "
        + "statement may go on; send the KILL again. It takes a connection of its own to the server: leave "
        + "one free by max_user_connections, max_connections or MaxConnections.");

    public static ErrPacket Interrupted { get; } = new(1317, "70100", "Query execution was interrupted");

    private static int CodeOf(EndReason reason) => reason switch
    {
        EndReason.ClientViolatedProtocol => 1835,
        EndReason.ClientRefusedSignIn => 1045,
        EndReason.TooManyClients => 1040,
        EndReason.Draining or EndReason.ConfigurationChanged or EndReason.SessionStateLost => 1053,
        EndReason.ClientIdleTooLong or EndReason.IdleInTransactionTooLong or EndReason.TransactionTooLong =>
            4031,
        EndReason.ClientSignInTooSlow => 1159,
        _ => 1105,
    };

    private static string StateOf(EndReason reason) => reason switch
    {
        EndReason.ClientRefusedSignIn => "28000",
        EndReason.TooManyClients => "08004",
        EndReason.Draining or EndReason.ConfigurationChanged or EndReason.SessionStateLost
            or EndReason.ClientSignInTooSlow => "08S01",
        _ => "HY000",
    };

    private static string Join(string message, string? hint) => hint is null ? message : $"{message} {hint}";
}
