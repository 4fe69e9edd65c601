using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Harness;

/// <summary>What the other suites rely on when they start, stop and lose a PostgreSQL server.</summary>
public sealed class PostgresServerTests
{
    [Theory]
    [InlineData(PostgresVersion.Distribution)]
    [InlineData(PostgresVersion.V18)]
    public async Task Server_of_either_version_serves_the_role_and_its_database(PostgresVersion version)
    {
        await using var server = await PostgresServer.Start(new PostgresOptions { Version = version });

        await using var connection = new NpgsqlConnection(server.ConnectionString());
        await connection.OpenAsync();
        const string sql = "select current_user || '@' || current_database()";
        await using var command = new NpgsqlCommand(sql, connection);

        Assert.Equal("app@app", await command.ExecuteScalarAsync());
        Assert.True(version != PostgresVersion.V18 || connection.PostgreSqlVersion.Major == 18);
    }

    [Fact]
    public async Task Killed_server_starts_again_with_its_data()
    {
        await using var server = await PostgresServer.Start();
        await server.Execute("create table kept as select 42 as n; checkpoint");

        await server.Kill();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => server.Execute("select 1"));
        await server.Start();

        Assert.Equal(42, await server.Execute("select n from kept"));
        await server.Restart();
        Assert.Equal(42, await server.Execute("select n from kept"));
    }

    [Fact]
    public async Task Server_with_a_certificate_takes_clients_that_verify_it_and_clients_with_their_own()
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        using var client = authority.SignClient("app");
        await using var server = await PostgresServer.Start(new PostgresOptions
        {
            Certificate = certificate,
            ClientAuthority = authority,
            AccessRules = ["hostssl all app all cert"],
        });
        var folder = RunFolder.Create("client");
        authority.WriteTo(folder, "authority");
        var (certificateFile, keyFile) = client.WriteTo(folder, "client");

        await using var connection = new NpgsqlConnection(
            $"Host={server.Host};Port={server.Port};Username=app;Database=app;Pooling=false;"
            + $"SSL Mode=VerifyFull;Root Certificate={folder}/authority.crt;"
            + $"SSL Certificate={certificateFile};SSL Key={keyFile}");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select ssl and client_dn = '/CN=app' from pg_stat_ssl where pid = pg_backend_pid()", connection);

        Assert.Equal(true, await command.ExecuteScalarAsync());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Settings_and_setup_are_in_force()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions
        {
            ConnectionsMax = 37,
            Settings = new Dictionary<string, string> { ["work_mem"] = "5MB" },
            SetupSql = "create table ready (n int)",
        });

        Assert.Equal("37", await server.Execute("show max_connections"));
        Assert.Equal("5MB", await server.Execute("show work_mem"));
        Assert.Equal(0L, await server.Execute("select count(*) from ready"));
    }
}
