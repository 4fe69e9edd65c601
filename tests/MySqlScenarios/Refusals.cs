using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Users whose password does not count any more, or is proved by old clients.</summary>
public sealed class Refusals(Grounds grounds) : Play(grounds)
{
    [Theory]
    [InlineData(MySqlKind.MariaDb, "password expire", 1820)]
    [InlineData(MySqlKind.MySql, "password expire", 1862)]
    [InlineData(MySqlKind.MariaDb, "account lock", 4151)]
    [InlineData(MySqlKind.MySql, "account lock", 3118)]
    public async Task Whom_the_server_does_not_let_in_hears_its_own_words(MySqlKind on, string why, int code)
    {
        await using var sento = await With(on, "late", $"'secret' {why}");
        await using var client = await ScriptedMySqlClient.Connect(Ground.DoorTo(sento, "late"));
        // MariaDB lets in whose password has expired, to change it and to do nothing else.
        var error = (await client.SignIn()).Error ?? (await client.Query("select 1")).Error!;
        Assert.Equal(code, error.Code);
        // The target is not down: another user goes on.
        await using var other = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        Assert.Equal("(1)", (await other.Query("select 1")).Text);
        Assert.Equal(200, (await sento.Admin("/health")).Status);
        await Grounds.Of(on).Server.Execute(
            "alter user late@'%' identified by 'secret' account unlock");
        await using var again = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "late"));
        Assert.Equal("late@%", (await again.Query("select current_user()")).Scalar);
    }

    [Theory]
    [InlineData(MySqlKind.MariaDb, "'secret' password expire")]
    [InlineData(MySqlKind.MySql, "'secret' password expire")]
    [InlineData(MySqlKind.MariaDb, "'secret' account lock")]
    [InlineData(MySqlKind.MySql, "'secret' account lock")]
    [InlineData(MySqlKind.MariaDb, "'another'")]
    [InlineData(MySqlKind.MySql, "'another'")]
    [InlineData(MySqlKind.MariaDb, "'secret' with max_user_connections 1")]
    [InlineData(MySqlKind.MySql, "'secret' with max_user_connections 1")]
    public async Task The_first_user_of_Auth_keeps_nobody_else_out(MySqlKind on, string identified)
    {
        await using var sento = await With(on, "late", identified, isFirst: true);
        await using var holder = identified.Contains("max", StringComparison.Ordinal)
            ? await ScriptedMySqlClient.Open(Grounds.Of(on).Direct.As("late", "secret")) : null;
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        Assert.Equal("app@%", (await client.Query("select current_user()")).Scalar);
    }

    [Theory]
    [InlineData(1130)]
    [InlineData(1129)]
    [InlineData(1040)]
    public async Task What_a_target_says_instead_of_its_greeting_is_not_told_to_strangers(int code)
    {
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        var port = ((IPEndPoint)target.LocalEndpoint).Port;
        var words = MySqlBytes.Packets(
            [0xff, (byte)code, (byte)(code >> 8), .. "Host '10.1.2.3' may not"u8], 0);
        var refusing = RefuseAll(target, words);
        await using var sento = await OwnProxy.Start(
            port, "MaxConnections: 4, ConnectionBorrowTimeout: 1", target: ", Tls: disable");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ScriptedMySqlClient.Connect(Ground.DoorTo(sento)));
        Assert.Contains($"127.0.0.1:{port}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("10.1.2.3", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("app", refused.Message, StringComparison.Ordinal);
        await sento.WaitForLog("10.1.2.3");
        target.Stop();
        await refusing;
    }

    [Theory, OnBoth]
    public async Task A_client_that_knows_the_oldest_proof_alone_gets_in_unless_another_is_demanded(
        MySqlKind on)
    {
        foreach (var (demand, expected) in new[]
            { ("", 0), (", ClientPasswordAuthType: MYSQL_CACHING_SHA2_PASSWORD", 1251) })
        {
            await using var sento = await OwnProxy.Start(
                Grounds.Of(on).Server.Port, auth: $"{{SecretArn: app{demand}}}");
            var door = Ground.DoorTo(sento).Without(MySqlFlags.PluginAuth | MySqlFlags.PluginAuthLenenc)
                with { Plugin = MySqlProof.Native };
            await using var client = await ScriptedMySqlClient.Connect(door);
            Assert.Equal(expected, (await client.SignIn()).Error?.Code ?? 0);
        }
    }

    [Theory]
    [InlineData(MySqlProof.Native)]
    [InlineData(MySqlProof.Sha2)]
    public async Task An_unknown_user_is_refused_in_the_time_of_a_wrong_password(string plugin)
    {
        var door = Grounds.Of(MySqlKind.MariaDb).Through with { Plugin = plugin };
        List<double> wrong = [], unknown = [];
        for (var i = 0; i < 60; i++)
        {
            wrong.Add(await Refusal(door.As("app", "wrong")));
            unknown.Add(await Refusal(door.As($"nobody{i}", "wrong")));
        }
        // Side by side, medians: a burst of the machine hits both.
        Assert.InRange(Median(unknown) / Median(wrong), 0.6, 1.7);
    }

    /// <summary>Milliseconds to the refusal.</summary>
    private static async Task<double> Refusal(MySqlDoor door)
    {
        await using var client = await ScriptedMySqlClient.Connect(door);
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(1045, (await client.SignIn()).Error!.Code);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task RefuseAll(TcpListener target, byte[] words)
    {
        try
        {
            while (true)
            {
                using var connection = await target.AcceptTcpClientAsync();
                await connection.GetStream().WriteAsync(words);
            }
        }
        catch (Exception over) when (over is SocketException or IOException or ObjectDisposedException
            or InvalidOperationException)
        {
            // The test is over.
        }
    }

    /// <summary>A user made anew, and a proxy that takes "secret" for its password.</summary>
    private async Task<SentoProcess> With(MySqlKind on, string user, string identified, bool isFirst = false)
    {
        var server = Grounds.Of(on).Server;
        await Grounds.Of(on).Clean();
        await server.Execute($"drop user if exists {user}@'%'");
        await server.Execute($"create user {user}@'%' identified by {identified}");
        await server.Execute($"grant all on app.* to {user}@'%'");
        return await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(server.Port, auth: isFirst
                    ? $"{{SecretArn: {user}}}, {{SecretArn: app}}"
                    : $"{{SecretArn: app}}, {{SecretArn: {user}}}")
                .Replace("Secrets:\n", $"Secrets:\n  {user}: {{username: {user}, password: secret}}\n",
                    StringComparison.Ordinal),
        });
    }
}
