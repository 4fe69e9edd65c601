using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Clients whose machine stands still: environments of functions do so between two invocations, and others
/// never come back.
/// </summary>
public sealed class Sleepers(Ground ground)
{
    [Fact]
    public async Task Who_sleeps_keeps_its_session_but_no_server_connection()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 4", "LostClientTimeout: 10s");
        var door = sento.Door();
        await using var idle = await ScriptedClient.Open(door);
        await idle.Query("set application_name = 'sleeper'");
        await using var inTransaction = await ScriptedClient.Open(door);
        await inTransaction.Query("begin; select pg_advisory_xact_lock(815)");
        await using var inResult = await ScriptedClient.Open(door);
        await inResult.Send(ToServer.Query(Large));
        await inResult.Receive(1);
        // Its machine is awake, it only does not read: for longer than the others sleep.
        await using var reader = await ScriptedClient.Open(door);
        await reader.Send(ToServer.Query(Large));
        await reader.Receive(1);
        foreach (var sleeper in new[] { idle, inTransaction, inResult })
            sleeper.FallAsleep();

        await Eventually.Holds(
            () => sento.Log.Split("answered nothing for LostClientTimeout").Length == 3,
            TimeSpan.FromSeconds(60));
        await using var other = await ScriptedClient.Open(door);
        Assert.Null((await other.Query("select pg_advisory_xact_lock(815)")).Error);
        await Eventually.Holds(async () =>
            (await sento.Metrics()).Sum("sento_database_connections_currently_borrowed") == 1);

        idle.WakeUp();
        Assert.Equal("sleeper", (await idle.Query("show application_name")).Scalar);
        var rest = await reader.SkimUntilReady();
        Assert.Equal(1, rest['C'].Count);
        await idle.Terminate();
        await other.Terminate();
    }

    /// <summary>More than sockets and the proxy hold on the way.</summary>
    private static string Large => "select repeat('x', 100000) from generate_series(1, 400)";
}
