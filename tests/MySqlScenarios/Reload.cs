using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>SIGHUP: sessions go to another target with all that is theirs, and nobody is dropped.</summary>
public sealed class Reload(Grounds grounds) : Play(grounds)
{
    private const string Where = "select @@port";

    [Theory, OnBoth]
    public async Task A_changed_target_takes_the_sessions_over_at_their_next_transaction(MySqlKind on)
    {
        var now = Grounds.Of(on).Server;
        await Grounds.Of(on).Clean();
        await using var next = await MySqlServer.Start(new MySqlOptions { Kind = on });
        await next.Execute("create table here as select 'next' as name");
        await using var sento = await OwnProxy.Start(now.Port);
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await using var inside = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await client.Query("set session sort_buffer_size = 98304, @mine = 'kept'");
        var statement = await client.Prepare("select @@port + ?");
        Assert.Equal($"({now.Port})", (await statement.Execute(0)).Text);
        await inside.Query("begin");
        await sento.Reload(OwnProxy.Text(next.Port));
        await sento.WaitForLog("Revision 2 is in force");
        Assert.Equal($"({next.Port})", (await statement.Execute([0], sendsTypes: false)).Text);
        Assert.Equal("next", (await client.Query("select name from here")).Scalar);
        Assert.Equal("(98304|kept)", (await client.Query("select @@sort_buffer_size, @mine")).Text);
        Assert.Equal($"{now.Port}", (await inside.Query(Where)).Scalar);
        Assert.Equal("OK(0)", (await inside.Query("commit")).Text);
        Assert.Equal($"{next.Port}", (await inside.Query(Where)).Scalar);
    }

    [Theory, OnBoth]
    public async Task Those_who_wait_for_a_target_that_goes_are_served_by_the_next_one(MySqlKind on)
    {
        var port = Grounds.Of(on).Server.Port;
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(port, "MaxConnections: 1, ConnectionBorrowTimeout: 60");
        await using var first = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await first.Query("begin");
        await using var waiting = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await waiting.SendQuery("select 5");
        await using var comes = await ScriptedMySqlClient.Connect(
            Ground.DoorTo(sento, "super").To("app"));
        var signIn = comes.SignIn();
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 2);
        await using var next = await MySqlServer.Start(new MySqlOptions { Kind = on });
        await sento.Reload(OwnProxy.Text(next.Port, "MaxConnections: 2, ConnectionBorrowTimeout: 60"));
        Assert.Equal("(5)", (await waiting.Receive()).Text);
        Assert.Null((await signIn).Error);
        Assert.Equal($"{next.Port}", (await comes.Query(Where)).Scalar);
        Assert.Equal("OK(0)", (await first.Query("commit")).Text);
    }

    [Theory, OnBoth]
    public async Task The_first_client_of_all_is_greeted_by_the_target_that_there_is(MySqlKind on)
    {
        await using var sento = await OwnProxy.Start(
            FreePort.Take(), "MaxConnections: 2, ConnectionBorrowTimeout: 60");
        var connecting = ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 1);
        await sento.Reload(OwnProxy.Text(Grounds.Of(on).Server.Port, "MaxConnections: 2"));
        await using var client = await connecting;
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }
}
