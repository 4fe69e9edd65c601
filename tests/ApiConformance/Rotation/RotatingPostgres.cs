using System.Data.Common;
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

    public override Task<object?> Execute(string sql) => _server.Execute(sql);

    public override Task Lock(bool isLocked) =>
        Execute($"ALTER ROLE app CONNECTION LIMIT {(isLocked ? 0 : -1)}");

    public override bool IsFailure(Exception error) => error is NpgsqlException;

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    protected override DbConnection Client(SentoProcess proxy, string user, string password) =>
        new NpgsqlConnection(proxy.ConnectionString(user, password) + ";Command Timeout=60");
}
