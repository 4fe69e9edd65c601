using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>A client that is gone before anybody could ask what its last statement has left behind.</summary>
public sealed class Leaving(Ground ground) : Play(ground)
{
    private const string Look = """
        select current_setting('work_mem'), coalesce(current_setting('app.secret', true), ''),
        (select count(*) from pg_class where relname = 'left_behind'), current_user,
        (select count(*) from pg_locks where locktype = 'advisory' and objid = 99)
        """;

    [Theory]
    [InlineData("set work_mem = '71MB'")]
    [InlineData("begin; set work_mem = '71MB'; commit")]
    [InlineData("select set_config('app.secret', 'told to nobody', false)")]
    [InlineData("set role helper")]
    [InlineData("create temp table left_behind as select 1 as a")]
    [InlineData("select pg_advisory_lock(99)")]
    public async Task What_the_last_statement_did_reaches_nobody(string statement)
    {
        await using var proxy = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 1");
        foreach (var says in new[] { true, false })
        {
            var clean = await Ask(proxy.Door(), Look);
            await using (var client = await ScriptedClient.Open(proxy.Door()))
            {
                await client.Send(says ? [.. Query(statement), .. Terminate()] : Query(statement));
                await client.ReceiveUntilReady();
                if (!says)
                    client.Vanish();
            }
            Assert.Equal(clean, await Ask(proxy.Door(), Look));
        }
    }

    private static async Task<string> Ask(ServerDoor door, string question)
    {
        await using var client = await ScriptedClient.Open(door);
        return (await client.Query(question)).Text;
    }
}
