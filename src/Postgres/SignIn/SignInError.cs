using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>Why a sign-in is refused, as PostgreSQL words it. Never holds a secret.</summary>
public sealed record SignInError(string SqlState, string Message, string? Detail = null, string? Hint = null)
{
    /// <summary>The ErrorResponse, FATAL: whoever gets it is disconnected.</summary>
    public void Write(ByteBuffer output) =>
        MessageWriter.ErrorResponse(output, Severity.Fatal, SqlState, Message, Detail, Hint);

    internal static SignInError Protocol(string message, string? detail = null) =>
        new(Wire.SqlState.ProtocolViolation, message, detail);
}
