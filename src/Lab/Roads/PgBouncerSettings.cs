namespace Sento.Lab.Roads;

/// <summary>
/// PgBouncer's file for a comparison: transaction mode, prepared statements on, its defaults otherwise;
/// clients and server connections prove themselves by the server's own SCRAM secret, the cheapest way it
/// documents.
/// </summary>
/// <param name="Database">Of this name on both sides.</param>
/// <param name="Users">The file with user and SCRAM secret: <see cref="UserLine"/>.</param>
/// <param name="RunsAs">It refuses to serve as root and changes to this user; null: it need not.</param>
public sealed record PgBouncerSettings(
    string Database, int ServerPort, int Port, string Users, string? RunsAs, int PoolSize)
{
    public string ServerHost { get; init; } = "127.0.0.1";

    /// <summary>Lines for the end of its section.</summary>
    public string More { get; init; } = "";

    public static string UserLine(string user, string secret) => $"\"{user}\" \"{secret}\"\n";

    public string Text => $"""
        [databases]
        {Database} = host={ServerHost} port={ServerPort}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {Port}
        unix_socket_dir =
        {(RunsAs is null ? "" : $"user = {RunsAs}")}
        auth_type = scram-sha-256
        auth_file = {Users}
        pool_mode = transaction
        default_pool_size = {PoolSize}
        max_client_conn = 100000
        max_prepared_statements = 200
        {More}

        """;
}
