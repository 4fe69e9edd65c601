using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>PostgreSQL by Npgsql.</summary>
internal sealed class RotatingPostgres : RotatingServer
{
    private readonly PostgresServer _server;

    private RotatingPostgres(PostgresServer server) => _server = server;

    public override string Engine => "postgres";

    public override int Port => _server.Port;

    public override string Superuser => PostgresServer.Superuser;

    public override string AdministrationDatabase => "postgres";

    public static async Task<RotatingPostgres> Start() => new(await PostgresServer.Start(new PostgresOptions
    {
        SetupSql = "create table public.done(n int); alter table public.done owner to app",
    }));

    public override async Task<string> Transaction(SentoProcess proxy, string user, string password)
    {
        await using var client = new NpgsqlConnection(
            proxy.ConnectionString(user, password) + ";Command Timeout=60");
        await client.OpenAsync();
        await using var transaction = await client.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            "INSERT INTO public.done VALUES (1); SELECT current_user::text", client, transaction);
        var name = (string)(await insert.ExecuteScalarAsync())!;
        await transaction.CommitAsync();
        return name;
    }

    public override async Task<object?> Execute(string sql)
    {
        await using var admin = new NpgsqlConnection(_server.ConnectionString(PostgresServer.Superuser));
        await admin.OpenAsync();
        await using var command = new NpgsqlCommand(sql, admin);
        return await command.ExecuteScalarAsync();
    }

    public override Task Lock(bool isLocked) =>
        Execute($"ALTER ROLE app CONNECTION LIMIT {(isLocked ? 0 : -1)}");

    public override bool IsFailure(Exception error) => error is NpgsqlException;

    public override ValueTask DisposeAsync() => _server.DisposeAsync();
}
