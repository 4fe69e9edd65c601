using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using MySqlConnector;
using Npgsql;

namespace Sento.Lab.Load;

/// <summary>
/// Sorts errors: PostgreSQL's SQLSTATE or MySQL's number where a server said one, else a word.
/// </summary>
internal static class FailureClass
{
    public const string Deadline = "deadline";

    /// <summary>The commit was sent and its answer did not come in time.</summary>
    public const string Unknown = "unknown";

    public const string Unfinished = "unfinished";
    private const string Lost = "lost";

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
                case MySqlException { SqlState: not null, Number: var number }:
                    return number.ToString(CultureInfo.InvariantCulture);
                case SocketException { SocketErrorCode: var code }:
                    return code.ToString();
                case OperationCanceledException or TimeoutException:
                    return Deadline;
                case IOException:
                    return Lost;
                case WrongAnswer:
                    return "wrong";
            }
        }
        return error is DbException ? Lost : error.GetType().Name;
    }
}
