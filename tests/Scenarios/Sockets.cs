using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>Every kind of socket on either leg, and who may come in by which without a password.</summary>
public sealed class Sockets(Ground ground)
{
    [Fact]
    public async Task A_unix_socket_on_the_clients_leg()
    {
        await using var sento = await Listening("\"{listen}\", \"{folder}/.s.PGSQL.5432\"",
            ground.Server.Host);
        var door = sento.Door() with { Host = sento.Folder, Port = 5432 };
        // The proxy is known to accept by TCP; its other addresses may follow a moment later.
        await Eventually.Holds(() => Accepts(door));
        await using var client = await ScriptedClient.Open(door);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await using var other = await ScriptedClient.Open(sento.Door());
        Assert.Equal("2", (await other.Query("select 2")).Scalar);
        await client.Terminate();
    }

    [Fact]
    public async Task A_unix_socket_on_the_targets_leg()
    {
        await using var sento = await Listening("\"{listen}\"", ground.Server.Folder);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Null((await client.Query("select inet_server_port()")).Scalar);
        await client.Send(ToServer.Query("select pg_sleep(60)"));
        await Eventually.Holds(async () => await ground.Server.Execute(
            "select count(*) from pg_stat_activity"
            + " where client_port = -1 and state = 'active' and query like '%sleep(60)'") is 1L);
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
    }

    [Fact]
    public async Task Both_kinds_of_addresses_on_both_legs()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions
        {
            Settings = new Dictionary<string, string> { ["listen_addresses"] = "127.0.0.1,::1" },
        });
        var port = FreePort.Take();
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                $"{{Host: \"::1\", Port: {server.Port}}}",
                endpoint: $"}}, {{DBProxyEndpointName: six, Listen: [\"[::1]:{port}\"]"),
        });
        foreach (var door in new[] { sento.Door(), sento.Door() with { Host = "::1", Port = port } })
        {
            await Eventually.Holds(() => Accepts(door));
            await using var client = await ScriptedClient.Open(door);
            Assert.Equal("::1", (await client.Query("select host(inet_server_addr())")).Scalar);
        }
    }

    [Fact]
    public async Task A_target_named_by_its_host_name_is_looked_up()
    {
        await using var sento = await Listening("\"{listen}\"", "localhost");
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await using var lost = await Listening("\"{listen}\"", "no-such-host.invalid");
        await using var waiter = await ScriptedClient.Connect(lost.Door());
        var error = (await waiter.SignIn()).Error;
        Assert.Contains("no-such-host.invalid", error?.FullText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trust_lets_in_on_the_loopback_and_on_unix_sockets_and_nowhere_else()
    {
        const string trust = "{SecretArn: app, ClientPasswordAuthType: TRUST}, {SecretArn: super}";
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(ground.Server.Port), auth: trust,
                endpoint: "}, {DBProxyEndpointName: unix, Listen: [\"{folder}/.s.PGSQL.5432\"]"),
        });
        foreach (var local in new[] { sento.Door(), sento.Door() with { Host = sento.Folder, Port = 5432 } })
        {
            await using var client = await ScriptedClient.Connect(local with { Password = "" });
            Assert.Equal("R(ok)", (await client.SignIn())[0].Text);
            Assert.Equal("app", (await client.Query("select current_user")).Scalar);
            // Trust is the entry's, not the proxy's: others prove their passwords.
            await using var other = await ScriptedClient.Connect(
                local with { User = "postgres", Password = "" });
            Assert.Equal("28P01", (await other.SignIn()).Error?.SqlState);
        }

        // An address that others can reach is refused before anybody listens there.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(ground.Server.Port), auth: trust,
                endpoint: $"}}, {{DBProxyEndpointName: all, Listen: [\"*:{FreePort.Take()}\"]"),
        }));
        Assert.Contains("TRUST would let anybody in", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_in_clear_text_is_only_asked_for_over_tls()
    {
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(ground.Server.Port),
                    auth: "{SecretArn: app, ClientPasswordAuthType: PASSWORD}"),
        });
        await using var plain = await ScriptedClient.Connect(sento.Door());
        var refused = await plain.SignIn();
        Assert.Equal("E", refused.Codes);
        await using var secure = await ScriptedClient.Open(sento.Door() with { Tls = TlsUse.Requested });
        Assert.Equal("1", (await secure.Query("select 1")).Scalar);
        await using var wrong = await ScriptedClient.Connect(
            sento.Door(password: "wrong") with { Tls = TlsUse.Requested });
        Assert.Equal("28P01", (await wrong.SignIn()).Error?.SqlState);
    }

    [Fact]
    public async Task Md5_is_asked_where_it_is_configured()
    {
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(ground.Server.Port),
                    auth: "{SecretArn: app, ClientPasswordAuthType: POSTGRES_MD5}"),
        });
        await using var client = await ScriptedClient.Connect(sento.Door());
        Assert.StartsWith("R(md5", (await client.SignIn()).Text, StringComparison.Ordinal);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await using var wrong = await ScriptedClient.Connect(sento.Door(password: "wrong"));
        Assert.Equal("28P01", (await wrong.SignIn()).Error?.SqlState);
    }

    [Theory]
    [InlineData("md5")]
    [InlineData("password")]
    public async Task Servers_that_ask_in_older_ways_are_answered(string method)
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        await using var server = await PostgresServer.Start(
            new PostgresOptions { PasswordMethod = method, Certificate = certificate });
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    private static Task<SentoProcess> ListeningAt(string listen, string target) =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(target, "MaxConnections: 2, ConnectionBorrowTimeout: 2")
                .Replace("\"{listen}\"", listen, StringComparison.Ordinal),
        });

    private static async Task<bool> Accepts(ServerDoor door)
    {
        try
        {
            await using var client = await ScriptedClient.Connect(door);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private Task<SentoProcess> Listening(string listen, string host) =>
        ListeningAt(listen, $"{{Host: {host}, Port: {ground.Server.Port}}}");
}
