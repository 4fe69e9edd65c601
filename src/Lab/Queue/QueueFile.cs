using Microsoft.Data.Sqlite;

namespace Sento.Lab.Queue;

/// <summary>
/// The queue: a table in a SQLite file, durable against crashes of processes, shared by senders and workers.
/// A message that was taken becomes visible again unless its worker removes it in time.
/// </summary>
internal static class QueueFile
{
    /// <summary>How long a worker may take before another one gets the message too.</summary>
    public const long VisibilityMicroseconds = 30_000_000;

    private const int BusySeconds = 10;

    public static void Create(string path)
    {
        using var connection = Open(path);
        Run(connection, """
            CREATE TABLE message (
                id INTEGER PRIMARY KEY, number INTEGER, environment INTEGER, wanted INTEGER, item INTEGER,
                visible INTEGER NOT NULL);
            CREATE INDEX message_visible ON message (visible, id);
            """);
    }

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            DefaultTimeout = BusySeconds,
            Pooling = false,
        }.ToString());
        connection.Open();
        Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
