using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// PinningRules RDS: pins exactly what RDS Proxy documents for PostgreSQL, until the client leaves.
/// </summary>
public sealed class RdsPinning(RdsPinning.Grounds grounds) : IClassFixture<RdsPinning.Grounds>
{
    public static readonly TheoryData<string> Pinning =
    [
        "set work_mem = '7MB'", "set session work_mem = '7MB'", "set local work_mem = '7MB'",
        "select set_config('work_mem', '7MB', false)", "reset work_mem", "reset all", "set role app",
        "prepare p as select 1", "deallocate all", "discard all", "discard temp", "discard sequences",
            "discard plans",
        "create temp table t (a int)", "create temporary view v as select 1", "create temp sequence s",
        "begin; declare c cursor for select 1; commit", "listen a", "load 'plpgsql'",
        "select nextval('counter')", "select setval('counter', 7)",
        "select pg_advisory_lock(1)", "select pg_try_advisory_lock(2)", "select pg_advisory_unlock_all()",
    ];

    public static readonly TheoryData<string> NotPinning =
    [
        "select 1", "begin; select 1; commit", "select pg_advisory_xact_lock(1)",
        "select pg_try_advisory_xact_lock_shared(2)", "show work_mem",
            "create table if not exists plain (a int)",
        "notify a", "select set_by_function()", "call procedure_that_sets()",
            "select last_value from counter",
        "copy (select 1) to stdout",
    ];

    [Theory]
    [MemberData(nameof(Pinning))]
    public async Task What_rds_documents_pins(string sql)
    {
        await using var client = await ScriptedClient.Open(DoorFor(sql));
        Assert.Null((await client.Query(sql)).Error);
        Assert.True(await StaysWithOneServer(client), $"{sql} does not pin");
        await client.Terminate();
    }

    [Theory]
    [MemberData(nameof(Pinning))]
    public async Task What_rds_documents_pins_in_the_extended_protocol_too(string sql)
    {
        if (sql.Contains(';', StringComparison.Ordinal))
            return;
        await using var client = await ScriptedClient.Open(DoorFor(sql));
        Assert.Null((await client.Extended(sql)).Error);
        Assert.True(await StaysWithOneServer(client), $"{sql} does not pin");
        await client.Terminate();
    }

    [Theory]
    [MemberData(nameof(NotPinning))]
    public async Task What_rds_exempts_does_not_pin(string sql)
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        Assert.Null((await client.Query(sql)).Error);
        Assert.False(await StaysWithOneServer(client), $"{sql} pins");
        await client.Terminate();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statements_prepared_by_the_protocol_do_not_pin(bool isNamed)
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        var name = isNamed ? "s" : "";
        await client.Ask(Parse(name, "select $1::int"), Bind("", name, "1"), Execute(), Sync());
        Assert.False(await StaysWithOneServer(client));
    }

    [Theory]
    [InlineData(16_384, false)]
    [InlineData(16_385, true)]
    public async Task Texts_longer_than_16_kilobytes_pin_whatever_they_say(int length, bool pins)
    {
        var text = "select 1 --";
        text += new string('x', length - text.Length);
        foreach (var isExtended in new[] { false, true })
        {
            await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
            if (isExtended)
                await client.Extended(text);
            else
                await client.Query(text);
            Assert.Equal(pins, await StaysWithOneServer(client));
            await client.Terminate();
        }
    }

    [Fact]
    public async Task The_pin_lasts_until_the_client_leaves_and_says_why()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        await client.Query("set work_mem = '8MB'");
        await client.Query("discard all");
        await client.Query("reset all");
        Assert.True(await StaysWithOneServer(client));
        await grounds.Proxy.WaitForLog("Digest: \"set work_mem = $1\"");
        Assert.Contains("\"RdsRules\"", (await grounds.Proxy.Admin("/pins")).Text, StringComparison.Ordinal);
        await client.Terminate();
        await Eventually.Holds(async () => (await grounds.Proxy.Admin("/pins")).Text.Trim() == "[]");
    }

    [Fact]
    public async Task A_pinned_clients_state_does_not_reach_the_next_one()
    {
        await using (var client = await ScriptedClient.Open(grounds.Proxy.Door()))
        {
            await client.Query("set work_mem = '9MB'; select pg_advisory_lock(77)");
            await client.Terminate();
        }
        for (var i = 0; i < 4; i++)
        {
            await using var next = await ScriptedClient.Open(grounds.Proxy.Door());
            Assert.Equal("4MB", (await next.Query("show work_mem")).Scalar);
            await next.Terminate();
        }
    }

    [Fact]
    public async Task The_pinning_filter_has_no_effect_with_postgresql_as_in_rds()
    {
        await using var sento = await OwnProxy.Start(
            grounds.Port, "MaxConnections: 2, SessionPinningFilters: [EXCLUDE_VARIABLE_SETS]",
                "PinningRules: RDS");
        await sento.WaitForLog("has no effect with POSTGRESQL");
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("set work_mem = '7MB'");
        Assert.Contains("RdsRules", (await sento.Admin("/pins")).Text, StringComparison.Ordinal);
    }

    /// <summary>LOAD is for superusers.</summary>
    private ServerDoor DoorFor(string sql) =>
        grounds.Proxy.Door(sql.StartsWith("load", StringComparison.Ordinal) ? "postgres" : "app");

    /// <summary>
    /// While others borrow and the proxy changes connections whenever it may, this client keeps its own.
    /// </summary>
    private static async Task<bool> StaysWithOneServer(ScriptedClient client)
    {
        var pids = new HashSet<string?>();
        await using var other = await ScriptedClient.Open(client.Door);
        for (var round = 0; round < 4; round++)
        {
            await other.Query("begin; select 1");
            pids.Add((await client.Query("select pg_backend_pid()")).Scalar);
            await other.Query("commit");
        }
        await other.Terminate();
        return pids.Count == 1;
    }

    /// <summary>A proxy that changes the connection at every boundary where it may.</summary>
    public sealed class Grounds(Ground ground) : IAsyncLifetime
    {
        public SentoProcess Proxy { get; private set; } = null!;

        public int Port => ground.Server.Port;

        public async ValueTask InitializeAsync()
        {
            await ground.Clean();
            await ground.Server.Execute("""
                create sequence counter; alter sequence counter owner to app;
                create function set_by_function() returns text language sql as $$select set_config(
                    'work_mem', '5MB', true)$$;
                create procedure procedure_that_sets() language plpgsql as $$begin null; end$$;
                """);
            Proxy = await SentoProcess.Start(new SentoOptions
            {
                Configuration = OwnProxy.Text(
                    OwnProxy.Target(Port), "MaxConnections: 6", "PinningRules: RDS"),
                Environment = new Dictionary<string, string?> { ["SENTO_TEST_SWITCH"] = "always" },
            });
        }

        public ValueTask DisposeAsync() => Proxy.DisposeAsync();
    }
}
