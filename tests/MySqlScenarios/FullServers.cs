using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A server that has no room for one user: who hears what, and who goes on.</summary>
public sealed class FullServers(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public async Task A_server_that_has_no_room_for_a_user_is_asked_again_until_it_has(MySqlKind on)
    {
        await using var sento = await Narrow(on, 30);
        await using var holder = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct.As("narrow", "secret"));
        await using var client = await ScriptedMySqlClient.Connect(Ground.DoorTo(sento, "narrow"));
        var signIn = client.SignIn();
        await Eventually.Holds(async () => await Refused(sento) > 0);
        await holder.Quit();
        Assert.Null((await signIn).Error);
        Assert.Equal("(1)", (await client.Query("select 1")).Text);
    }

    [Theory, OnBoth]
    public async Task A_server_that_has_no_room_in_time_is_quoted_and_others_are_served_meanwhile(
        MySqlKind on)
    {
        await using var sento = await Narrow(on, 4);
        await using var holder = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct.As("narrow", "secret"));
        await using var client = await ScriptedMySqlClient.Connect(Ground.DoorTo(sento, "narrow"));
        var signIn = client.SignIn();
        await Eventually.Holds(async () => await Refused(sento) > 1);
        var watch = Stopwatch.StartNew();
        // Its pool has no connection yet: one is opened while the other user's can't be.
        await using var other = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        Assert.Equal("app@%", (await other.Query("select current_user()")).Scalar);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(200, (await sento.Admin("/health")).Status);
        Assert.Equal(1226, (await signIn).Error!.Code);
        await holder.Quit();
    }

    [Theory, OnBoth]
    public async Task A_kill_for_which_the_server_has_no_room_is_not_said_to_be_done(MySqlKind on)
    {
        await using var sento = await Narrow(on, 30);
        await using var runs = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await using var killer = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await runs.SendQuery("select sleep(50)");
        await Eventually.Holds(async () => await Sleeping(on) == 1);
        var watch = Stopwatch.StartNew();
        var refused = (await killer.Query($"kill query {runs.Greeting.Id}")).Error!;
        Assert.Equal(1105, refused.Code);
        Assert.Contains("1226", refused.Message, StringComparison.Ordinal);
        Assert.Contains("max_user_connections", refused.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
        await sento.WaitForLog("A KILL was not done");
        // The next command of the killer's is answered as ever, and its victim still runs.
        Assert.Equal("ERR(1094)", (await killer.Query("kill query 4000000000")).Text);
        Assert.Equal(1, await Sleeping(on));
        await EndSleepers(on);
        Assert.NotNull((await runs.Receive()).Error);
    }

    [Theory, OnBoth]
    public async Task A_kill_goes_by_an_idle_connection_where_the_server_has_no_room_for_another(MySqlKind on)
    {
        await using var sento = await Narrow(on, 30, connections: 2);
        await using var runs = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await using var killer = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await runs.Query("begin");
        Assert.Equal("(1)", (await killer.Query("select 1")).Text);
        await runs.SendQuery("select sleep(50)");
        await Eventually.Holds(async () => await Sleeping(on) == 1);
        Assert.Equal("OK(0)", (await killer.Query($"kill query {runs.Greeting.Id}")).Text);
        Assert.Contains((await runs.Receive().WaitAsync(TimeSpan.FromSeconds(10))).Text,
            new[] { "ERR(1317)", "(1)" });
        Assert.Equal("(2)", (await killer.Query("select 2")).Text);
        Assert.Equal("(3)", (await runs.Query("select 3")).Text);
    }

    [Theory, OnBoth]
    public async Task A_kill_is_tried_again_until_the_server_has_room(MySqlKind on)
    {
        await using var sento = await Narrow(on, 30, connections: 2);
        await using var runs = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await using var killer = await ScriptedMySqlClient.Open(Ground.DoorTo(sento, "narrow"));
        await using var holder = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct.As("narrow", "secret"));
        await runs.SendQuery("select sleep(50)");
        await Eventually.Holds(async () => await Sleeping(on) == 1);
        var refused = await Aborted(on);
        await killer.SendQuery($"kill query {runs.Greeting.Id}");
        await Eventually.Holds(async () => await Aborted(on) > refused);
        await holder.Quit();
        Assert.Equal("OK(0)", (await killer.Receive()).Text);
        Assert.Contains((await runs.Receive().WaitAsync(TimeSpan.FromSeconds(10))).Text,
            new[] { "ERR(1317)", "(1)" });
    }

    private async Task<long> Sleeping(MySqlKind on) => Convert.ToInt64(
        await Grounds.Of(on).Server.Execute("select count(*) from information_schema.processlist"
            + " where info like 'select sleep(50)%' and user = 'narrow'"), CultureInfo.InvariantCulture);

    /// <summary>Sign-ins that the server has refused.</summary>
    private async Task<long> Aborted(MySqlKind on) => Convert.ToInt64(
        await Grounds.Of(on).Server.Execute("select variable_value from "
            + (on == MySqlKind.MySql ? "performance_schema" : "information_schema")
            + ".global_status where variable_name = 'Aborted_connects'"), CultureInfo.InvariantCulture);

    private async Task EndSleepers(MySqlKind on)
    {
        var server = Grounds.Of(on).Server;
        var id = await server.Execute(
            "select id from information_schema.processlist where user = 'narrow' limit 1");
        await server.Execute($"kill {id}");
    }

    private static async Task<double> Refused(SentoProcess sento) =>
        (await sento.Metrics()).Sum("sento_database_connections_setup_failed_total");

    /// <summary>A proxy that knows a user whom the server lets in once, or so often.</summary>
    private async Task<SentoProcess> Narrow(MySqlKind on, int borrowTimeout, int connections = 1)
    {
        var server = Grounds.Of(on).Server;
        await server.Execute("create user if not exists narrow@'%' identified by 'secret'");
        await server.Execute($"alter user narrow@'%' with max_user_connections {connections}");
        await server.Execute("grant all on app.* to narrow@'%'");
        await Eventually.Holds(async () => await server.CountConnections("narrow") == 0);
        await Grounds.Of(on).Clean();
        return await OwnProxy.Start(server.Port,
            $"MaxConnections: 4, ConnectionBorrowTimeout: {borrowTimeout}",
            auth: "{SecretArn: app}, {SecretArn: narrow}");
    }
}
