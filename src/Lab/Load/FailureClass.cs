using System.Net.Sockets;
using Npgsql;

namespace Sento.Lab.Load;

/// <summary>Sorts errors: the SQLSTATE where a server said one, else a word.</summary>
internal static class FailureClass
{
    public const string Deadline = "deadline";

    /// <summary>The commit was sent and its answer did not come in time.</summary>
    public const string Unknown = "unknown";

    public const string Unfinished = "unfinished";

    public static string Of(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CommitUnknown:
                    return Unknown;
                case PostgresException { SqlState: var state }:
                    return state;
                case SocketException { SocketErrorCode: var code }:
                    return code.ToString();
                case OperationCanceledException or TimeoutException:
                    return Deadline;
                case IOException:
                    return "lost";
                case WrongAnswer:
                    return "wrong";
            }
        }
        return error.GetType().Name;
    }
}
