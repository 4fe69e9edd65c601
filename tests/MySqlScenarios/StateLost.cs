using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A server connection dies with what only it had of a session: the session ends with it.</summary>
public sealed class StateLost(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task A_pinned_session_whose_server_connection_is_killed_ends(MySqlKind on) =>
        OnOneConnection(on, async (client, kill) =>
    {
        Assert.Equal("1", (await client.Query("select get_lock('kept', 0)")).Scalar);
        await kill();
        Assert.Equal("ERR(1053)", (await client.Query("select 1")).Text);
        Assert.Null(await client.TryReadPacket());
    });

    [Theory, OnBoth]
    public Task A_session_that_holds_nothing_goes_on_without_a_word(MySqlKind on) =>
        OnOneConnection(on, async (client, kill) =>
    {
        await client.Query("set @mine = 7");
        Assert.Equal("7", (await client.Query("select @mine")).Scalar);
        await kill();
        Assert.Equal("7", (await client.Query("select @mine")).Scalar);
    });

    // To the server the values behind the missing one would be what comes first.
    [Theory, OnBoth]
    public Task Parts_of_a_parameter_that_died_with_their_connection_are_missed(MySqlKind on) =>
        OnOneConnection(on, async (client, kill) =>
    {
        await client.Query("create table t (a varchar(20), b int, c varchar(20))");
        var statement = await client.Prepare("insert into t values (?, ?, ?)");
        for (var round = 0; round < 2; round++)
        {
            await statement.SendLong(0, "long"u8.ToArray());
            await client.Ask(0x0e);
            await kill();
            Assert.Equal("ERR(1105)", (await statement.Execute(new LongData(), 0, "\n0123456789")).Text);
            await statement.SendLong(0, "again"u8.ToArray());
            Assert.Equal("OK(1)", (await statement.Execute(new LongData(), 0, "\n0123456789")).Text);
        }
        await statement.SendLong(0, "long"u8.ToArray());
        await client.Ask(0x0e);
        await kill();
        Assert.Equal("OK(0)", (await statement.Reset()).Text);
        Assert.Equal("OK(1)", (await statement.Execute("short", 0, "")).Text);
        Assert.Equal("(again) (again) (short)", (await client.Query("select a from t order by a")).Text);
    });

    [Theory, OnBoth]
    public Task A_reset_forgets_the_transaction_that_died_with_its_connection(MySqlKind on) =>
        OnOneConnection(on, async (client, kill) =>
    {
        await client.Query("begin");
        await client.Query("select 1");
        await kill();
        Assert.Equal("OK(0)", (await client.Ask(0x1f)).Text);
        Assert.Equal("(2)", (await client.Query("select 2")).Text);
    });

    /// <summary>A client whose proxy has one server connection, and what kills that.</summary>
    private async Task OnOneConnection(
        MySqlKind on, Func<ScriptedMySqlClient, Func<Task>, Task> play)
    {
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 1");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await play(client, () => Kill(on, sento));
    }

    /// <summary>Ends the one connection that the proxy has, and waits until that knows.</summary>
    private async Task Kill(MySqlKind on, SentoProcess sento)
    {
        await using var direct = await ScriptedMySqlClient.Open(Grounds.Of(on).Direct);
        using var servers = JsonDocument.Parse((await sento.Admin("/servers")).Text);
        var id = servers.RootElement.EnumerateArray().Single().GetProperty("backendPid").GetInt64();
        Assert.Equal("OK(0)", (await direct.Query($"kill {id}")).Text);
        await Eventually.Holds(async () =>
            !(await sento.Admin("/servers")).Text
                .Contains($"\"backendPid\":{id},", StringComparison.Ordinal));
    }
}
