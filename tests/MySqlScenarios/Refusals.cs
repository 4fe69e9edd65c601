using System.Diagnostics;
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
        await using var sento = await With(on, "late", "'secret'", why);
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

    /// <summary>A user made anew, and a proxy that knows its password.</summary>
    private async Task<SentoProcess> With(MySqlKind on, string user, string password, string more = "")
    {
        var server = Grounds.Of(on).Server;
        await Grounds.Of(on).Clean();
        await server.Execute($"drop user if exists {user}@'%'");
        await server.Execute($"create user {user}@'%' identified by {password} {more}");
        await server.Execute($"grant all on app.* to {user}@'%'");
        return await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(server.Port, auth: $"{{SecretArn: app}}, {{SecretArn: {user}}}")
                .Replace("Secrets:\n", $"Secrets:\n  {user}: {{username: {user}, password: {password}}}\n",
                    StringComparison.Ordinal),
        });
    }
}
