using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres;

/// <summary>
/// Our own errors as PostgreSQL's clients expect them: severity, SQLSTATE, words that name the setting.
/// </summary>
internal static class Errors
{
    /// <param name="isSignedIn">
    /// Who is not yet in when a server shuts down hears 57P03 from PostgreSQL, and libpq asks its next host.
    /// </param>
    public static void Write(ByteBuffer output, Goodbye goodbye, bool isSignedIn)
    {
        var sqlState = goodbye.Reason == EndReason.Draining && !isSignedIn ? "57P03"
            : SqlStateOf(goodbye.Reason);
        MessageWriter.ErrorResponse(output, Severity.Fatal, sqlState, goodbye.Message, null, goodbye.Hint);
    }

    /// <summary>An ERROR that the session survives: no connection could be had for this request.</summary>
    public static void Write(ByteBuffer output, BorrowFailure failure) => MessageWriter.ErrorResponse(
        output, Severity.Error, SqlStateOf(failure.Kind), failure.Message, failure.Detail,
        failure.Hint);

    /// <summary>
    /// The server's own words with another severity: what is fatal to its connection need not be to the
    /// client's.
    /// </summary>
    /// <param name="hint">What we add where the server gives no hint of its own; null: nothing.</param>
    public static void WriteServer(
        ByteBuffer output, ErrorFields fields, Severity severity, string? hint = null)
    {
        var word = severity == Severity.Fatal ? "FATAL"u8 : "ERROR"u8;
        var mark = MessageWriter.Begin(output, ServerCode.ErrorResponse);
        var reader = new MessageReader(fields.Body);
        for (var kind = reader.ReadByte(); kind != 0; kind = reader.ReadByte())
        {
            var text = reader.ReadText();
            output.WriteByte(kind);
            output.Write(kind is (byte)'S' or (byte)'V' ? word : text);
            output.WriteByte(0);
        }
        if (hint is not null && fields.Hint is null)
        {
            output.WriteByte((byte)'H');
            MessageWriter.Text(output, hint);
        }
        output.WriteByte(0);
        MessageWriter.End(output, mark);
    }

    /// <summary>
    /// An ERROR that the session survives, although its server connection and its transaction are gone.
    /// </summary>
    /// <param name="lastWords">The error that the server sent before it closed; null: none.</param>
    /// <param name="isInDoubt">Something was sent and not answered: it may have been done.</param>
    public static byte[] Lost(string why, ErrorFields? lastWords, bool isInDoubt)
    {
        var error = new ByteBuffer(256);
        var hint = isInDoubt
            ? "The transaction was rolled back, unless its COMMIT had been sent: then ask the database."
            : "The transaction was rolled back. Run it again.";
        if (lastWords is not null)
            WriteServer(error, lastWords, Severity.Error, hint);
        else
            MessageWriter.ErrorResponse(
                error, Severity.Error, "08006", "The database connection was lost: " + why, null, hint);
        return error.Written.ToArray();
    }

    public static string SqlStateOf(EndReason reason) => reason switch
    {
        EndReason.ClientViolatedProtocol => "08P01",
        EndReason.ClientRefusedSignIn => "28000",
        EndReason.ClientIdleTooLong => "57P05",
        EndReason.ClientSignInTooSlow => "57014",
        EndReason.IdleInTransactionTooLong => "25P03",
        EndReason.TransactionTooLong => "25P04",
        EndReason.TransactionRefused => "0A000",
        EndReason.TooManyClients => "53300",
        EndReason.Draining or EndReason.ConfigurationChanged or EndReason.NotificationsLost
            or EndReason.SessionStateLost => "57P01",
        EndReason.ClientTooSlow => "53400",
        EndReason.ServerClosed or EndReason.ServerSentGarbage or EndReason.ServerUnreachable => "08006",
        EndReason.ServerNotClean => "25P01",
        EndReason.ProxyBug => "XX000",
        _ => "08000",
    };

    public static string SqlStateOf(BorrowFailureKind kind) => kind switch
    {
        BorrowFailureKind.QueueFull => "53300",
        BorrowFailureKind.Draining => "57P01",
        BorrowFailureKind.ServerRefused => "08004",
        _ => "08000",
    };
}
