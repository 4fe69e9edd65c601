using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>What only the servers' own programs say.</summary>
public sealed class StockPrograms(Grounds grounds) : Play(grounds)
{
    [Theory, On(MySqlKind.MariaDb)]
    public Task A_client_proves_its_password_by_ed25519(MySqlKind on) => OnlyThroughSento(on, async side =>
    {
        string[] ask = ["--default-auth=client_ed25519", "-N", "-B", "-e", "select current_user()"];
        var done = await Run(MySqlPrograms.Client(on), side.Door.As("curve", "secret"), ask);
        Assert.True(done.Output.Trim() == "curve@%", done.Output + done.Errors);
        done = await Run(MySqlPrograms.Client(on), side.Door.As("curve", "wrong"), ask);
        Assert.Contains("ERROR 1045 (28000): Access denied for user 'curve'", done.Errors,
            StringComparison.Ordinal);
    });

    [Fact]
    public async Task Parsec_proves_passwords_on_both_legs()
    {
        await using var server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = MySqlKind.NewMariaDb,
            SetupSql = "install soname 'auth_parsec';\n"
                + "create or replace user curve@'%' identified via parsec using password('secret');",
        });
        await using var proxy = await OwnProxy.Start(server.Port);
        var program = MySqlPrograms.Client(MySqlKind.NewMariaDb);
        string[] ask =
        [
            "--default-auth=parsec", $"--plugin-dir={MySqlPrograms.ClientPlugins}", "--skip-ssl", "-N", "-B",
            "-e", "select current_user()",
        ];
        await using var any = await ScriptedMySqlClient.Open(Ground.DoorTo(proxy, "curve", database: ""));
        Assert.Equal("curve@%", (await any.Query("select current_user()")).Scalar);
        foreach (var demanded in new[] { "", ", ClientPasswordAuthType: MARIADB_PARSEC" })
        {
            await using var own = await OwnProxy.Start(
                server.Port, auth: $"{{SecretArn: curve{demanded}}}, {{SecretArn: app}}");
            var door = Ground.DoorTo(own, "curve", database: "");
            var done = await Run(program, door, ask);
            Assert.True(done.Output.Trim() == "curve@%", done.Output + done.Errors);
            foreach (var wrong in new[] { door.As("curve", "wrong"), door.As("nobody", "secret") })
            {
                done = await Run(program, wrong, ask);
                Assert.Contains($"ERROR 1045 (28000): Access denied for user '{wrong.User}'", done.Errors,
                    StringComparison.Ordinal);
                Assert.Contains("(using password: YES)", done.Errors, StringComparison.Ordinal);
            }
        }
    }

    [Theory, OnBoth]
    public async Task A_binary_log_is_read_as_it_is(MySqlKind on)
    {
        await using var server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = on,
            Settings = new Dictionary<string, string> { ["log-bin"] = "binlog", ["server-id"] = "7" },
        });
        await using var proxy = await OwnProxy.Start(server.Port);
        await server.Execute("create table t (a int, b mediumtext)");
        await server.Execute("insert into t values (1, repeat('x', 3000000)), (2, 'end')");
        string[] read = ["--read-from-remote-server", "--verbose", "binlog.000001"];
        var program = MySqlPrograms.LogReader(on);
        var direct = await Run(program, server.Door().As(MySqlServer.Superuser, "secret"), read);
        var through = await Run(program, Ground.DoorTo(proxy, MySqlServer.Superuser), read);
        Assert.True(direct.ExitCode == 0 && direct.Output.Contains("'end'", StringComparison.Ordinal),
            direct.Errors);
        Assert.True(through.Output == direct.Output, through.Errors + through.Output.Length);
        // The server is of use to others as before, and nobody gets what the reader had.
        await using var next = await ScriptedMySqlClient.Open(Ground.DoorTo(proxy, MySqlServer.Superuser));
        Assert.Equal("2", (await next.Query("select count(*) from t")).Scalar);
    }

    private static Task<FinishedProcess> Run(string program, MySqlDoor door, string[] arguments) =>
        GuardedProcess.Run(new Recipe(program, ["--no-defaults", $"--host={door.Server.Host}",
            $"--port={door.Server.Port}", $"--user={door.User}", $"--password={door.Password}",
            .. program.Contains("mysql-9", StringComparison.Ordinal) ? ["--get-server-public-key"]
                : Array.Empty<string>(), .. arguments]), TimeSpan.FromMinutes(2));
}
