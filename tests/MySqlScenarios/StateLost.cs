using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A server connection dies with what only it had of a session: the session ends with it.</summary>
public sealed class StateLost(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public async Task A_pinned_session_whose_server_connection_is_killed_ends(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 1");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        Assert.Equal("1", (await client.Query("select get_lock('kept', 0)")).Scalar);
        await Kill(on, sento);
        Assert.Equal("ERR(1053)", (await client.Query("select 1")).Text);
        Assert.Null(await client.TryReadPacket());
    }

    [Theory, OnBoth]
    public async Task A_session_that_holds_nothing_goes_on_without_a_word(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(Grounds.Of(on).Server.Port, "MaxConnections: 1");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await client.Query("set @mine = 7");
        Assert.Equal("7", (await client.Query("select @mine")).Scalar);
        await Kill(on, sento);
        Assert.Equal("7", (await client.Query("select @mine")).Scalar);
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
