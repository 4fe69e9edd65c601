using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// More clients than connections, each with settings of its own that must be there before it is answered:
/// everybody's turn comes, and is one turn.
/// </summary>
public sealed class Turns(Ground ground)
{
    private const int Clients = 12;
    private const int Rounds = 20;
    private const string Own = "select current_setting('app.client')";

    [Fact]
    public Task Clients_with_time_limits_of_their_own_take_turns() => TakeTurns(async (client, number) =>
    {
        // A time limit may end the hand-over itself, so the statement waits until that is done.
        await client.Query($"set statement_timeout = '{number + 100}s'");
        for (var round = 0; round < Rounds; round++)
            Assert.Equal($"{number + 100}s", (await client.Query("show statement_timeout")).Scalar);
    });

    [Fact]
    public Task Clients_that_first_prepare_what_the_connection_has_take_turns() => TakeTurns(
        async (client, number) =>
    {
        await client.Query($"set app.client = 'client {number}'");
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"s{round}";
            var replies = await client.Ask(Parse(name, Own), Bind("", name), Execute(), Sync());
            Assert.Equal($"1 2 D(client {number}) C(SELECT 1) Z(I)", replies.Text);
        }
    });

    [Fact]
    public Task Clients_that_prepare_by_sql_take_turns() => TakeTurns(async (client, number) =>
    {
        await client.Query($"set app.client = 'client {number}'");
        for (var round = 0; round < Rounds; round++)
        {
            var prepared = await client.Query($"prepare s{round} as {Own}");
            Assert.Equal("C(PREPARE) Z(I)", prepared.Text);
            Assert.Equal($"client {number}", (await client.Query($"execute s{round}")).Scalar);
            Assert.Equal("C(DEALLOCATE) Z(I)", (await client.Query($"deallocate s{round}")).Text);
        }
    });

    [Fact]
    public async Task A_prepare_that_needs_no_server_keeps_no_connection()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Open(sento.Door());
        Assert.Equal("C(PREPARE) Z(I)", (await first.Query("prepare s as select 1")).Text);
        Assert.Equal("C(PREPARE) Z(I)", (await second.Query("prepare s as select 1")).Text);
        Assert.Equal("1", (await first.Query("execute s")).Scalar);
        Assert.Equal("1", (await second.Query("execute s")).Scalar);
        Assert.Equal(0, (await sento.Metrics()).Sum("sento_database_connections_currently_borrowed"));
    }

    /// <summary>All at once on two connections. No turn may be lent in vain.</summary>
    private async Task TakeTurns(Func<ScriptedClient, int, Task> play)
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 2");
        var clients = new List<ScriptedClient>();
        try
        {
            for (var i = 0; i < Clients; i++)
                clients.Add(await ScriptedClient.Open(sento.Door()));
            await Task.WhenAll(clients.Select(play));
            var metrics = await sento.Metrics();
            Assert.InRange(
                metrics.Sum("sento_settings_replays_total"), Clients, 4 * Clients * Rounds);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }
}
