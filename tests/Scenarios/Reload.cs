using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>SIGHUP: a running proxy takes a changed file, says what changed, and drops nobody.</summary>
public sealed class Reload(Ground ground)
{
    private string Target => OwnProxy.Target(ground.Server.Port);

    [Fact]
    public async Task Under_traffic_no_client_is_dropped_and_each_change_is_told()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 4");
        using var over = new CancellationTokenSource();
        var traffic = Enumerable.Range(0, 20).Select(i => Work(sento, i, over.Token)).ToArray();
        await using var pinned = await ScriptedClient.Open(sento.Door());
        await pinned.Query("create temp table kept as select 'still there'");
        for (var revision = 2; revision < 8; revision++)
        {
            await sento.Reload(OwnProxy.Text(
                Target, $"MaxConnections: {revision}", $"IdleClientTimeout: {600 + revision}"));
            await sento.WaitForLog($"Revision {revision} is in force");
            var (max, idle) = revision == 2 ? (4, 1800) : (revision - 1, 599 + revision);
            foreach (var told in new[]
            {
                $"MaxConnections changed from {max} to {revision}",
                $"IdleClientTimeout changed from {idle} to {600 + revision}",
            })
                await sento.WaitForLog(told);
        }
        Assert.Equal("still there", (await pinned.Query("select * from kept")).Scalar);
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(traffic), rounds => Assert.True(rounds > 0));
    }

    [Fact]
    public async Task A_smaller_budget_holds_once_connections_come_back()
    {
        await ground.Server.Execute("create database shrinking owner app");
        const string count = "select count(*) from pg_stat_activity where datname = 'shrinking'";
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 6");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => ScriptedClient.Open(sento.Door(database: "shrinking"))));
        await Task.WhenAll(clients.Select(client => client.Query("begin; select 1")));
        Assert.Equal(6L, await ground.Server.Execute(count));
        await sento.Reload(OwnProxy.Text(Target, "MaxConnections: 2"));
        await sento.WaitForLog("Revision 2 is in force");
        foreach (var client in clients)
            Assert.Equal("C(COMMIT) Z(I)", (await client.Query("commit")).Text);
        await Eventually.Holds(async () => await ground.Server.Execute(count) is <= 2L);
        foreach (var client in clients)
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await Task.WhenAll(clients.Select(client => client.Terminate()));
    }

    [Fact]
    public async Task Only_the_proxy_that_changed_is_touched()
    {
        var second = FreePort.Take();
        string Text(int max, string password = "secret") => OwnProxy.Text(Target, $"MaxConnections: {max}")
            + $$"""

              - DBProxyName: other
                EngineFamily: POSTGRESQL
                Auth: [{SecretArn: app}]
                Endpoints: [{Listen: ["127.0.0.1:{{second}}"]}]
                TargetGroup:
                  Targets: [{{Target}}]
                  ConnectionPoolConfigurationInfo: { MaxConnections: 3, InitQuery: "set work_mem = '6MB'" }
            """;
        await using var sento = await SentoProcess.Start(new SentoOptions { Configuration = Text(2) });
        await sento.WaitForLog("serves, process");
        await using var client = await ScriptedClient.Open(sento.Door() with { Port = second });
        var pid = (await client.Query("select pg_backend_pid()")).Scalar;
        await sento.Reload(Text(3));
        await sento.WaitForLog("Revision 2 is in force");
        await sento.WaitForLog("Proxy[play]: MaxConnections changed from 2 to 3");
        Assert.DoesNotContain("Proxy[other]", sento.Log, StringComparison.Ordinal);
        await sento.WaitForLog("1 proxy changed, 1 unchanged");
        Assert.Equal(pid, (await client.Query("select pg_backend_pid()")).Scalar);
    }

    [Fact]
    public async Task A_proxy_of_another_name_listens_at_once_where_the_old_one_did()
    {
        var port = FreePort.Take();
        string Text(string name) => OwnProxy.Text(Target) + $$"""

              - DBProxyName: {{name}}
                EngineFamily: POSTGRESQL
                Auth: [{SecretArn: app}]
                Endpoints: [{Listen: ["127.0.0.1:{{port}}"]}]
                DrainTimeout: 1s
                TargetGroup:
                  Targets: [{{Target}}]
            """;
        await using var sento = await SentoProcess.Start(new SentoOptions { Configuration = Text("old") });
        await sento.WaitForLog("serves, process");
        await using var idle = await ScriptedClient.Open(sento.Door() with { Port = port });
        await using var busy = await ScriptedClient.Open(sento.Door() with { Port = port });
        await busy.Query("begin");
        await sento.Reload(Text("new"));
        await sento.WaitForLog("Revision 2 is in force");
        Assert.DoesNotContain("can't listen", sento.Log, StringComparison.Ordinal);
        await using var client = await ScriptedClient.Open(sento.Door() with { Port = port });
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        // Whoever had come in at the old one goes: who is idle at once, who is not when DrainTimeout is over.
        Assert.Contains("the proxy is shutting down", (await idle.ReceiveToEnd()).FullText);
        Assert.Contains("the proxy is shutting down", (await busy.ReceiveToEnd()).FullText);
    }

    [Fact]
    public async Task A_changed_target_takes_the_sessions_over_at_their_next_transaction()
    {
        await using var next = await PostgresServer.Start(new PostgresOptions());
        await next.Execute("create table here as select 'next' as name");
        await next.Execute("grant select on here to app");
        await using var sento = await OwnProxy.Start(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await using var inside = await ScriptedClient.Open(sento.Door());
        await client.Query("set work_mem = '7MB'");
        await client.Ask(Parse("s", "select inet_server_port()"), Sync());
        await inside.Query("begin");
        await sento.Reload(OwnProxy.Text(OwnProxy.Target(next.Port)));
        await sento.WaitForLog("Revision 2 is in force");
        Assert.Equal($"{next.Port}", (await client.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
        Assert.Equal("next", (await client.Query("select name from here")).Scalar);
        Assert.Equal("7MB", (await client.Query("show work_mem")).Scalar);
        Assert.Equal($"{ground.Server.Port}", (await inside.Query("select inet_server_port()")).Scalar);
        Assert.Equal("C(COMMIT) Z(I)", (await inside.Query("commit")).Text);
        Assert.Equal($"{next.Port}", (await inside.Query("select inet_server_port()")).Scalar);
    }

    [Fact]
    public async Task Those_who_wait_for_a_target_that_goes_are_served_by_the_next_one()
    {
        await using var sento = await OwnProxy.Start(FreePort.Take(), "ConnectionBorrowTimeout: 60");
        await using var client = await ScriptedClient.Connect(sento.Door());
        var signIn = client.SignIn();
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        await sento.Reload(OwnProxy.Text(Target));
        Assert.True((await signIn)[^1].IsReady);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_changed_password_counts_at_once_for_new_clients_and_old_ones_stay()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions());
        var text = OwnProxy.Text(OwnProxy.Target(server.Port), "MaxConnections: 2");
        await using var sento = await SentoProcess.Start(new SentoOptions { Configuration = text });
        await using var before = await ScriptedClient.Open(sento.Door());
        await server.Execute("alter role app password 'fresh'");
        await sento.Reload(
            text.Replace("username: app, password: secret", "username: app, password: fresh",
                StringComparison.Ordinal));
        await sento.WaitForLog("password changed");
        await sento.WaitForLog("Revision 2 is in force");
        await using var old = await ScriptedClient.Connect(sento.Door());
        Assert.Equal("28P01", (await old.SignIn()).Error?.SqlState);
        await using var fresh = await ScriptedClient.Open(sento.Door(password: "fresh"));
        Assert.Equal("1", (await fresh.Query("select 1")).Scalar);
        Assert.Equal("1", (await before.Query("select 1")).Scalar);
        Assert.DoesNotContain("fresh", sento.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_faults_changes_nothing_and_all_of_them_are_told()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await sento.Reload(
            OwnProxy.Text(Target, "MaxConnections: many, MinIdle: -1", "IdleClientTimeout: 0"));
        await sento.WaitForLog("revision 1 stays in force");
        foreach (var name in new[] { "MaxConnections", "MinIdle", "IdleClientTimeout" })
            await sento.WaitForLog(name);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_certificate_file_that_changes_is_taken_up_without_being_told()
    {
        using var authority = TestCertificate.Authority();
        using var first = authority.SignServer();
        using var second = authority.SignServer();
        var folder = RunFolder.Create("certificates");
        var (file, key) = first.WriteTo(folder, "proxy");
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, proxy: $"Certificate: {{CertificateFile: {file}, PrivateKeyFile: {key}}}");
        Assert.Equal(first.Certificate.Thumbprint, await Shown(sento));
        await using var before = await ScriptedClient.Open(sento.Door() with { Tls = TlsUse.Requested });
        second.WriteTo(folder, "proxy");
        await Eventually.Holds(async () => await Shown(sento) == second.Certificate.Thumbprint);
        Assert.Equal("1", (await before.Query("select 1")).Scalar);

        // Nonsense is refused, told, and the last good one stays.
        await File.WriteAllTextAsync(file, "no certificate");
        await sento.WaitForLog(file);
        Assert.Equal(second.Certificate.Thumbprint, await Shown(sento));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string?> Shown(SentoProcess sento)
    {
        string? thumbprint = null;
        await using var client = await ScriptedClient.Open(sento.Door() with
        {
            Tls = TlsUse.Requested,
            AcceptsCertificate = (_, certificate, _, _) =>
            {
                thumbprint = certificate?.GetCertHashString();
                return thumbprint is not null;
            },
        });
        await client.Terminate();
        return thumbprint;
    }

    private static async Task<int> Work(SentoProcess sento, int number, CancellationToken over)
    {
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query($"set application_name = 'worker {number}'");
        var rounds = 0;
        while (!over.IsCancellationRequested)
        {
            await client.Query("begin");
            Assert.Equal($"{number}", (await client.Extended("select $1::int", $"{number}")).Scalar);
            Assert.Equal("C(COMMIT) Z(I)", (await client.Query("commit")).Text);
            Assert.Equal($"worker {number}", (await client.Query("show application_name")).Scalar);
            rounds++;
        }
        await client.Terminate();
        return rounds;
    }
}
