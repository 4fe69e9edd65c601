using System.Diagnostics;
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

    private static async Task<double> Refused(SentoProcess sento) =>
        (await sento.Metrics()).Sum("sento_database_connections_setup_failed_total");

    /// <summary>A proxy that knows a user whom the server lets in once.</summary>
    private async Task<SentoProcess> Narrow(MySqlKind on, int borrowTimeout)
    {
        var server = Grounds.Of(on).Server;
        await server.Execute("create user if not exists narrow@'%' identified by 'secret' "
            + "with max_user_connections 1");
        await server.Execute("grant all on app.* to narrow@'%'");
        await Eventually.Holds(async () => await server.CountConnections("narrow") == 0);
        await Grounds.Of(on).Clean();
        return await OwnProxy.Start(server.Port,
            $"MaxConnections: 4, ConnectionBorrowTimeout: {borrowTimeout}",
            auth: "{SecretArn: app}, {SecretArn: narrow}");
    }
}
