using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// PinningRules RDS: pins what RDS Proxy documents for MySQL and MariaDB, until the client leaves.
/// </summary>
public sealed class RdsPinning(Grounds grounds) : Play(grounds)
{
    private static readonly string[] s_sets =
    [
        "set group_concat_max_len = 2000", "set session sort_buffer_size = 65536", "set @a = 5",
        "select 'x' into @a", "set transaction read only", "set session_track_system_variables = '*'",
        "set sql_mode = 'ANSI', group_concat_max_len = 3000",
    ];

    private static readonly string[] s_others =
    [
        "lock tables t read", "select get_lock('a', 0)", "create temporary table u (a int)",
        "prepare p from 'select 1'", "select row_count()", "select found_rows()", "select /*!40000 1 */",
    ];

    private static readonly string[] s_followed =
    [
        "select 1", "begin; insert into t values (1); commit", "set names latin1",
        "set autocommit = 0; set autocommit = 1", "set time_zone = '+05:00', sql_mode = 'ANSI_QUOTES'",
        "set session transaction isolation level read committed", "set local group_concat_max_len = 2000",
        "use other", "drop database if exists gone", "insert into t values (5)",
        "select last_insert_id()", "set session_track_schema = 1",
    ];

    [Theory, OnBoth]
    public async Task What_rds_documents_pins_until_the_client_leaves(MySqlKind on)
    {
        await using var sento = await Start(on, "");
        foreach (var sql in s_sets.Concat(s_others))
        {
            await using var client = await Open(sento);
            Assert.Null((await client.Query(sql)).Error);
            await client.Query("unlock tables");
            await client.Query("do release_all_locks()");
            await client.Ask(0x1f);
            Assert.True(await StaysWithOneServer(sento, client), $"{sql} does not pin");
            Assert.Contains("RdsRules", await Pins(sento), StringComparison.Ordinal);
            await client.Quit();
            await Eventually.Holds(async () => await Pins(sento) == "[]");
        }
        await sento.WaitForLog("Digest: \"set group_concat_max_len = ?\"");
    }

    [Theory, OnBoth]
    public async Task What_rds_follows_or_exempts_does_not_pin(MySqlKind on)
    {
        await using var sento = await Start(on, "");
        foreach (var sql in s_followed)
        {
            await using var client = await Open(sento);
            Assert.Null((await client.Query(sql)).Error);
            Assert.False(await StaysWithOneServer(sento, client), $"{sql} pins");
            Assert.DoesNotContain("RdsRules", await Pins(sento), StringComparison.Ordinal);
            await client.Quit();
        }
    }

    [Theory, OnBoth]
    public async Task With_variable_sets_excluded_they_follow_their_client_and_the_rest_pins(MySqlKind on)
    {
        await using var sento = await Start(on, "SessionPinningFilters: [EXCLUDE_VARIABLE_SETS]");
        foreach (var sql in s_sets)
        {
            await using var client = await Open(sento);
            Assert.Null((await client.Query(sql)).Error);
            await StaysWithOneServer(sento, client);
            Assert.DoesNotContain("RdsRules", await Pins(sento), StringComparison.Ordinal);
            await using var other = await Open(sento);
            Assert.Equal("~", (await other.Query("select @a")).Scalar ?? "~");
            await client.Quit();
        }
        foreach (var sql in s_others)
        {
            await using var client = await Open(sento);
            await client.Query(sql);
            Assert.Contains("RdsRules", await Pins(sento), StringComparison.Ordinal);
            await client.Quit();
            await Eventually.Holds(async () => await Pins(sento) == "[]");
        }
    }

    [Theory, OnBoth]
    public async Task Statements_prepared_by_the_protocol_pin_also_those_that_somebody_has_prepared_before(
        MySqlKind on)
    {
        await using var sento = await Start(on, "");
        for (var round = 0; round < 3; round++)
        {
            await using var client = await Open(sento);
            var statement = await client.Prepare("select ?");
            Assert.Equal("(7)", (await statement.Execute(7)).Text);
            await statement.Close();
            Assert.True(await StaysWithOneServer(sento, client));
            await client.Quit();
        }
    }

    [Theory, OnBoth]
    public async Task Texts_longer_than_16_kilobytes_pin_whatever_they_say(MySqlKind on)
    {
        await using var sento = await Start(on, "");
        foreach (var (length, pins) in new[] { (16_384, false), (16_385, true), (1_100_000, true) })
        {
            await using var client = await Open(sento);
            var text = "select 1 -- ".PadRight(length, 'x');
            Assert.Equal("(1)", (await client.Query(text)).Text);
            Assert.Equal(pins, (await Pins(sento)).Contains("RdsRules", StringComparison.Ordinal));
            await client.Quit();
            await Eventually.Holds(async () => await Pins(sento) == "[]");
        }
    }

    [Theory, OnBoth]
    public async Task What_routines_hide_pins_here_for_the_sake_of_others(MySqlKind on)
    {
        await using var sento = await Start(on, "");
        await using var client = await Open(sento);
        await Grounds.Of(on).Server.Execute("create procedure app.p() do get_lock('hidden', 0)");
        await client.Query("call p()");
        Assert.Contains("UnknownState", await Pins(sento), StringComparison.Ordinal);
        Assert.DoesNotContain("RdsRules", await Pins(sento), StringComparison.Ordinal);
    }

    /// <summary>
    /// While others borrow and the proxy changes connections whenever it may, this client keeps its own.
    /// </summary>
    private static async Task<bool> StaysWithOneServer(SentoProcess sento, ScriptedMySqlClient client)
    {
        var ids = new HashSet<string?>();
        await using var other = await Open(sento);
        for (var round = 0; round < 4; round++)
        {
            await other.Query("begin");
            await other.Query("select 1");
            ids.Add((await client.Query("select connection_id()")).Scalar);
            await other.Query("commit");
        }
        await other.Quit();
        return ids.Count == 1;
    }

    private static async Task<string> Pins(SentoProcess sento) => (await sento.Admin("/pins")).Text.Trim();

    private static Task<ScriptedMySqlClient> Open(SentoProcess sento) =>
        ScriptedMySqlClient.Open(Ground.DoorTo(sento));

    /// <summary>A proxy that changes the connection at every boundary where it may.</summary>
    private async Task<SentoProcess> Start(MySqlKind on, string pool)
    {
        var ground = Grounds.Of(on);
        await ground.Clean();
        await ground.Server.Execute("create table app.t (a int)");
        return await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                ground.Server.Port, "MaxConnections: 6, " + pool, "PinningRules: RDS\n    RequireTLS: false"),
            Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
        });
    }
}
