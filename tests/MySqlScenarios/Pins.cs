using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>What people see of sessions: which statement has pinned one, how much each has run.</summary>
public sealed class Pins(Grounds grounds) : Play(grounds)
{
    [Theory]
    [InlineData("select get_lock('key 4711', 0)", "NamedLocks", "select get_lock(?,?)")]
    [InlineData("create temporary table t (a int default 4711)", "TempTables",
        "create temporary table t(a int default ?)")]
    [InlineData("select 4711, 'key' into @a, @b", "UserVariables", "select ?,? into @a,@b")]
    [InlineData("set @a = concat('key', 4711)", "UserVariables", "set @a = ? (?,?)")]
    [InlineData("set session timestamp = 4711", "UnreplayableSetting", "set session timestamp = ?")]
    [InlineData("prepare p from 'select 4711'", "SqlPreparedStatement", "prepare p from ?")]
    public async Task Of_a_pin_the_statement_is_told_without_its_values(
        string sql, string reason, string digest)
    {
        foreach (var on in new[] { MySqlKind.MariaDb, MySqlKind.MySql })
        {
            await OnlyThroughSento(on, async side =>
            {
                var client = await side.Open();
                await client.Query("set session sql_mode = 'ANSI'");
                Assert.Null((await client.Query(sql)).Error);
                // What a variable is now shows only when the server was asked.
                await Eventually.Holds(async () => await Grounds.Of(on).Pins() != "[]");
                var pin = JsonDocument.Parse(await Grounds.Of(on).Pins()).RootElement[0];
                Assert.Equal(reason, pin.GetProperty("reason").GetString());
                Assert.Equal(digest, pin.GetProperty("statement").GetString());
                await Grounds.Of(on).Proxy.WaitForLog($"Digest: \"{digest}\"");
                Assert.DoesNotContain("4711", Grounds.Of(on).Proxy.Log, StringComparison.Ordinal);
                await client.Ask(0x1f);
                await client.Query("do 0");
            });
        }
    }

    [Theory, OnBoth]
    public Task Of_a_statement_executed_by_its_number_the_text_is_told(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var client = await side.Open();
        var takes = await client.Prepare("select get_lock(?, 4711)");
        await takes.Execute("key");
        Assert.Contains("\"select get_lock(?,?)\"", await Grounds.Of(on).Pins(), StringComparison.Ordinal);
        await client.Query("do release_all_locks()");
    });

    [Theory, OnBoth]
    public async Task Transactions_and_single_statements_are_counted(MySqlKind on)
    {
        await using var proxy = await OwnProxy.Start(Grounds.Of(on).Server.Port);
        await OnlyThrough(on, Ground.DoorTo(proxy), async side =>
        {
            var client = await side.Open();
            await client.Query("select 1");
            foreach (var statement in new[] { "begin", "select 2", "select 3", "commit", "select error" })
                await client.Query(statement);
            var prepared = await client.Prepare("select 4");
            await prepared.Execute();
            await client.Ask(0x0e);
            var shown = JsonDocument.Parse((await proxy.Admin("/clients")).Text).RootElement[0];
            // A Prepare is one as well, as it asks a server; a ping asks nobody.
            Assert.Equal(5, shown.GetProperty("transactions").GetInt64());
            Assert.Equal(5, (await proxy.Metrics()).Sum("sento_transactions_total"));
        });
    }
}
