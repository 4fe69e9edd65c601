using System.Data.Common;
using MySqlConnector;
using Sento.Lab.Plan;

namespace Sento.Lab.Engines;

/// <summary>MariaDB and MySQL by MySqlConnector at its defaults: parameters are put into the text.</summary>
/// <param name="statusTable">Where the server keeps its counters.</param>
internal sealed class MySqlEngine(string statusTable) : IEngine
{
    public const string MariaDbStatus = "information_schema.global_status";
    public const string MySqlStatus = "performance_schema.global_status";

    private const string Digits =
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
        + "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";

    private static readonly DriverSocket Socket = new("m_session", "m_socket");

    public string Placeholder => "?";

    public string Read => $"SELECT price FROM {ArrivalTrace.Table} WHERE id = ?";

    public string Write => $"UPDATE {ArrivalTrace.Table} SET hits = hits + 1 WHERE id = ?";

    public string DriversSettings =>
        "SET NAMES utf8mb4; SET SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_TRANS_TABLES'";

    public string Activity(string user, TimeSpan overdue) => $"""
        SELECT COUNT(*), COUNT(CASE WHEN p.command <> 'Sleep' OR t.trx_id IS NOT NULL THEN 1 END),
            COUNT(CASE WHEN p.command <> 'Sleep' AND p.time > {Math.Ceiling(overdue.TotalSeconds)} THEN 1 END)
        FROM information_schema.processlist AS p
            LEFT JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = p.id
        WHERE p.user = '{user.Replace("'", "''")}' AND p.id <> CONNECTION_ID()
        """;

    public string Running(string user) => $"""
        SELECT command <> 'Sleep', IF(command <> 'Sleep', LEFT(info, 40), NULL)
        FROM information_schema.processlist
        WHERE id <> CONNECTION_ID() AND user = '{user.Replace("'", "''")}'
        """;

    public string Counters => $"""
        SELECT (SELECT CAST(COALESCE(SUM(hits), 0) AS SIGNED) FROM {ArrivalTrace.Table}),
            (SELECT CAST(variable_value AS SIGNED) FROM {statusTable} WHERE variable_name = 'Handler_update'),
            (SELECT CAST(variable_value AS SIGNED) FROM {statusTable} WHERE variable_name = 'Com_commit')
        """;

    public string Schema(string user) =>
        $"CREATE TABLE {ArrivalTrace.Table} (id int PRIMARY KEY, price int NOT NULL, hits int NOT NULL)";

    public IReadOnlyList<string> Reset(bool isOurs) =>
    [
        $"TRUNCATE {ArrivalTrace.Table}",
        $"INSERT INTO {ArrivalTrace.Table} SELECT id, id * 7 % 1000, 0 FROM "
            + "(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS id "
            + $"FROM {Digits} AS a, {Digits} AS b, {Digits} AS c, {Digits} AS d) AS numbers",
        $"ANALYZE TABLE {ArrivalTrace.Table}",
    ];

    public string SetPassword(string user, string password) =>
        $"ALTER USER '{user.Replace("'", "''")}'@'%' IDENTIFIED BY '{password}'";

    public DbDataSource Source(
        LabAddress address, TimeSpan patience, Func<LabAddress, string>? token = null)
    {
        var words = new MySqlConnectionStringBuilder
        {
            Server = address.Host,
            Port = (uint)address.Port,
            UserID = address.User,
            // The driver asks for a token only where there is no password.
            Password = token is null ? address.Password : "",
            Database = address.Database,
            Pooling = false,
            ConnectionTimeout = (uint)Math.Ceiling(patience.TotalSeconds),
            DefaultCommandTimeout = 0,
            CancellationTimeout = -1,
            SslMode = address.HasTls ? MySqlSslMode.Required : MySqlSslMode.Disabled,
            AllowPublicKeyRetrieval = true,
        };
        return token is null
            ? new MySqlDataSource(words.ConnectionString)
            : new TokenSource(words.ConnectionString, () => token(address));
    }

    public DbParameter Parameter(int value) => new MySqlParameter { Value = value };

    public void Cut(DbConnection connection) => Socket.Cut(connection);

    /// <summary>What the driver says itself has no SQLSTATE.</summary>
    public bool IsServersAnswer(Exception error) => error is MySqlException { SqlState: not null };

    /// <summary>Makes a token for each connection, as functions do.</summary>
    private sealed class TokenSource(string words, Func<string> token) : DbDataSource
    {
        public override string ConnectionString => words;

        protected override DbConnection CreateDbConnection() =>
            new MySqlConnection(words) { ProvidePasswordCallback = _ => token() };
    }
}
