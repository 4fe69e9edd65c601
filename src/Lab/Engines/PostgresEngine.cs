using System.Data.Common;
using Npgsql;
using Sento.Lab.Plan;

namespace Sento.Lab.Engines;

/// <summary>PostgreSQL by Npgsql: statements with parameters, not prepared by name.</summary>
internal sealed class PostgresEngine : IEngine
{
    private static readonly DriverSocket Socket = new("<Connector>k__BackingField", "_socket");

    public string Placeholder => "$1";

    public string Read => $"SELECT price FROM {ArrivalTrace.Table} WHERE id = $1";

    public string Write => $"UPDATE {ArrivalTrace.Table} SET hits = hits + 1 WHERE id = $1";

    public string DriversSettings => "SET extra_float_digits = 3; SET application_name = 'function'";

    public string Activity(string user, TimeSpan overdue) => $"""
        SELECT count(*)::int, (count(*) FILTER (WHERE state <> 'idle'))::int,
            (count(*) FILTER (WHERE state = 'active' AND clock_timestamp() - query_start
                > {(long)overdue.TotalMilliseconds} * interval '1 millisecond'))::int
        FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            AND usename = '{user.Replace("'", "''")}'
        """;

    public string Running(string user) => $"""
        SELECT state <> 'idle', CASE WHEN state = 'active' THEN left(query, 40) END FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            AND usename = '{user.Replace("'", "''")}'
        """;

    public string Counters => $"""
        SELECT (SELECT coalesce(sum(hits), 0) FROM {ArrivalTrace.Table})::int8,
            (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = '{ArrivalTrace.Table}')::int8,
            (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::int8
        """;

    public string Schema(string user) => $"""
        CREATE TABLE {ArrivalTrace.Table} (id int PRIMARY KEY, price int NOT NULL, hits int NOT NULL)
        WITH (fillfactor = 50);
        GRANT ALL ON {ArrivalTrace.Table} TO {Quoted(user)}
        """;

    public IReadOnlyList<string> Reset(bool isOurs)
    {
        List<string> statements =
        [
            $"TRUNCATE {ArrivalTrace.Table}",
            $"INSERT INTO {ArrivalTrace.Table} SELECT id, id * 7 % 1000, 0 "
                + $"FROM generate_series(0, {ArrivalTrace.Items - 1}) AS id",
            $"VACUUM ANALYZE {ArrivalTrace.Table}",
        ];
        if (isOurs)
            statements.Add("CHECKPOINT");
        return statements;
    }

    public string SetPassword(string user, string password) =>
        $"ALTER ROLE {Quoted(user)} PASSWORD '{password}'";

    public DbDataSource Source(
        LabAddress address, TimeSpan patience, Func<LabAddress, string>? token = null)
    {
        var words = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Username = address.User,
            Database = address.Database,
            Pooling = false,
            Timeout = (int)Math.Ceiling(patience.TotalSeconds),
            CommandTimeout = 0,
            CancellationTimeout = -1,
            SslMode = address.HasTls ? SslMode.Require : SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Enlist = false,
        };
        if (token is null)
            words.Password = address.Password;
        var builder = new NpgsqlDataSourceBuilder(words.ConnectionString);
        if (token is not null)
            builder.UsePasswordProvider(
                _ => token(address), (_, _) => ValueTask.FromResult(token(address)));
        return builder.Build();
    }

    public DbParameter Parameter(int value) => new NpgsqlParameter<int> { TypedValue = value };

    public void Cut(DbConnection connection) => Socket.Cut(connection);

    public bool IsServersAnswer(Exception error) => error is PostgresException;

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"")}\"";
}
