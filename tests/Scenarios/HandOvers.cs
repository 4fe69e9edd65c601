using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>What a change of clients costs a server connection: nothing, or the same write.</summary>
public sealed class HandOvers(Ground ground)
{
    private const string Replays = "sento_settings_replays_total";

    [Theory]
    [InlineData("select 1", "select 1")]
    [InlineData("set work_mem = '7MB'", "set work_mem = '7MB'")]
    [InlineData("set work_mem = '7MB'; set timezone = 'UTC'",
        "set time zone 'UTC'; begin; set work_mem = '7MB'; commit")]
    [InlineData("set work_mem = '8MB'", "set work_mem = '7MB'; set work_mem = '8MB'")]
    public async Task Clients_that_want_the_same_take_turns_for_nothing(string one, string other)
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        await using var first = await ScriptedClient.Open(sento.Door());
        await using var second = await ScriptedClient.Open(sento.Door());
        await first.Query(one);
        await second.Query(other);
        await first.Query("select 1");
        var before = (await sento.Metrics()).Sum(Replays);
        for (var round = 0; round < 10; round++)
        {
            foreach (var client in new[] { first, second })
                Assert.Equal("1", (await client.Query("select 1")).Scalar);
        }
        Assert.Equal(before, (await sento.Metrics()).Sum(Replays));
        await second.Query("set work_mem = '9MB'");
        Assert.Equal(one.StartsWith("set", StringComparison.Ordinal) ? one.Split('\'')[1] : "4MB",
            (await first.Query("show work_mem")).Scalar);
        Assert.True((await sento.Metrics()).Sum(Replays) > before);
    }

    [Fact]
    public async Task Settings_are_brought_along_without_a_round_trip()
    {
        var isJudging = false;
        var ahead = new List<string>();
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            while (await connection.TryReceive() is { } message)
            {
                // The change of settings is answered only when the statement behind it is there as well.
                if (Volatile.Read(ref isJudging)
                    && Text(message).StartsWith("RESET ALL;", StringComparison.Ordinal))
                {
                    var next = await connection.Receive();
                    ahead.Add(Text(message));
                    ahead.Add(Text(next));
                    await Answer(connection);
                }
                await Answer(connection);
            }
        });
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnections: 1");
        await using var first = await ScriptedClient.Open(sento.Door().With(("application_name", "first")));
        await using var second = await ScriptedClient.Open(sento.Door().With(("application_name", "second")));
        await first.Query("select 'one'");
        Volatile.Write(ref isJudging, true);
        Assert.Equal("C(SET) Z(I)", (await second.Query("select 'two'")).Without("S").Text);
        Assert.Contains("second", ahead[0], StringComparison.Ordinal);
        Assert.Equal("select 'two'", ahead[1]);
    }

    private static string Text(ServerMessage message) =>
        Encoding.UTF8.GetString(message.Body.Span).TrimEnd('\0');

    private static Task Answer(FakeConnection connection) =>
        connection.Send(ToClient.CommandComplete("SET"), ToClient.ReadyForQuery());
}
