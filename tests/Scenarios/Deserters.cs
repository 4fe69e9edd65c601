using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Clients that vanish with statements under way, in a crowd that waits for their server connections: whoever
/// stays hears his own answers.
/// </summary>
public sealed class Deserters(Ground ground, ITestOutputHelper output)
{
    private const int Deserting = 12, Staying = 12, Rounds = 20;

    [Fact]
    public async Task Those_who_stay_hear_their_own_answers_while_others_vanish()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 2");
        var door = sento.Door();
        var isOver = false;
        var deserting = Enumerable.Range(0, Deserting).Select(async i =>
        {
            var random = new Random(seed + i);
            for (var n = 0; !Volatile.Read(ref isOver); n++)
            {
                var client = await ScriptedClient.Open(door);
                await client.Send(Statement(random, $"deserted {i} {n}"));
                if (random.Next(3) == 0)
                    await client.ReceiveByte();
                client.Vanish();
            }
        }).ToList();
        await Task.WhenAll(Enumerable.Range(0, Staying).Select(async i =>
        {
            var random = new Random(seed - i - 1);
            await using var client = await ScriptedClient.Open(door);
            for (var n = 0; n < Rounds; n++)
            {
                var word = $"stays {i} {n}";
                var replies = await client.Ask(Statement(random, word));
                Assert.Null(replies.Error);
                Assert.Equal(word, Assert.Single(replies.Rows)[0]);
            }
        }));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(deserting);
    }

    // Two bytes are missing, and what is said last to a server begins with two that could be them.
    [Fact]
    public async Task A_statement_that_its_client_never_finished_is_not_run()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        var statement = Query("insert into cut values (1) --" + new string('x', 1 << 20));
        await using var other = await ScriptedClient.Open(sento.Door());
        await other.Query("create table cut (a int)");
        for (var round = 0; round < 6; round++)
        {
            var client = await ScriptedClient.Open(sento.Door());
            await client.Send(statement[..^2]);
            await client.DisposeAsync();
            await Eventually.Holds(async () => (await other.Query("select count(*) from pg_stat_activity "
                + "where datname = current_database() and usename = 'app' and pid <> pg_backend_pid() "
                + "and query like '%cut%'")).Scalar == "0");
            Assert.Equal("0", (await other.Query("select count(*) from cut")).Scalar);
        }
        await other.Query("drop table cut");
    }

    /// <summary>One row with this word, after a moment or none, short or long, in either protocol.</summary>
    private static byte[] Statement(Random random, string word)
    {
        var wait = random.Next(3).ToString(CultureInfo.InvariantCulture);
        var length = random.Next(2) == 0 ? 0 : random.Next(100_000);
        var text = $"select '{word}', pg_sleep({wait} * 0.001), repeat('x', {length})";
        return random.Next(2) == 0 ? Query(text)
            : [.. Parse("", text), .. Bind("", ""), .. Execute(), .. Sync()];
    }
}
