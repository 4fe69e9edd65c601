using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>What can't move is a lease that says why, since when and until when, and that ends.</summary>
public sealed class Pins(Ground ground, Pins.Grounds grounds) : IClassFixture<Pins.Grounds>
{
    private const string Connection = "select pg_backend_pid()";

    /// <summary>What pins, the reason that it has, and what ends it.</summary>
    public static readonly TheoryData<string, string, string> Ending = new()
    {
        { "create temp table mine (a int)", "TempObjects", "drop table mine" },
        { "create temp view mine as select 'secret' as a", "TempObjects", "discard temp" },
        { "select pg_advisory_lock(4711)", "AdvisoryLocks", "select pg_advisory_unlock(4711)" },
        { "select pg_try_advisory_lock_shared(4711)", "AdvisoryLocks", "select pg_advisory_unlock_all()" },
        { "declare c cursor with hold for select 'secret'", "HeldCursors", "close c" },
        { "declare c cursor with hold for select 'secret'", "HeldCursors", "close all" },
        { "create temp table mine (a int)", "TempObjects", "discard all" },
        { "do $$ begin perform pg_advisory_lock(4711); end $$", "AdvisoryLocks",
            "select pg_advisory_unlock(4711)" },
    };

    [Theory]
    [MemberData(nameof(Ending))]
    public async Task A_pin_says_why_and_since_when_and_ends_with_its_cause(string pins, string reason,
        string ends)
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        Assert.Null((await client.Query(pins)).Error);
        var pin = await Pinned();
        Assert.Equal(reason, pin.GetProperty("reason").GetString());
        var digest = pin.GetProperty("statement").GetString()!;
        Assert.StartsWith(pins.Split(' ')[0], digest, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", digest, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", digest, StringComparison.Ordinal);
        Assert.InRange(pin.GetProperty("since").GetDateTimeOffset(), before,
            DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.NotEmpty(pin.GetProperty("endsWhen").GetString()!);
        var own = (await client.Query(Connection)).Scalar;
        for (var round = 0; round < 2; round++)
        {
            Assert.NotEqual(own, await Others(grounds.Proxy.Door()));
            Assert.Equal(own, (await client.Query(Connection)).Scalar);
        }

        Assert.Null((await client.Query(ends)).Error);
        await Unpinned();
        await Eventually.Holds(async () =>
            (await grounds.Proxy.Metrics()).Sum("sento_database_connections_currently_borrowed") == 0);
        // One line when it began, one when it ended, whatever was asked meanwhile.
        var id = pin.GetProperty("clientId").GetInt64();
        await Eventually.Holds(() => Lines(id).Length > 1);
        await client.Query("select 1");
        var lines = Lines(id);
        Assert.Equal(2, lines.Length);
        Assert.Contains("was unpinned", lines[1], StringComparison.Ordinal);
        Assert.Contains($"Digest: \"{digest}\"", lines[0], StringComparison.Ordinal);
        await client.Terminate();
    }

    [Theory]
    [InlineData("select setseed(0.5)", "RandomSeed")]
    [InlineData("load 'plpgsql'", "LoadedLibrary")]
    [InlineData("select pg_create_physical_replication_slot('pinned', false, true)", "ReplicationSlot")]
    public async Task What_nothing_ends_is_closed_with_its_session(string pins, string reason)
    {
        // LOAD and replication slots are for superusers.
        var door = grounds.Proxy.Door("postgres");
        await using var client = await ScriptedClient.Open(door);
        Assert.Null((await client.Query(pins)).Error);
        await client.Query("discard all");
        var pin = await Pinned();
        Assert.Equal(reason, pin.GetProperty("reason").GetString());
        Assert.Equal("the session ends", pin.GetProperty("endsWhen").GetString());
        var own = (await client.Query(Connection)).Scalar;
        await client.Terminate();
        await Eventually.Holds(async () => (await Listed()).Length == 0
            && await ground.Server.Execute($"select count(*) from pg_stat_activity where pid = {own}") is 0L);
    }

    [Fact]
    public async Task Texts_beyond_the_bound_pin_until_discard_all()
    {
        var text = $"select length('{new string('x', 1 << 20)}')";
        foreach (var isExtended in new[] { false, true })
        {
            await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
            var replies = await (isExtended ? client.Extended(text) : client.Query(text));
            Assert.Equal($"{1 << 20}", replies.Scalar);
            Assert.Equal("LongStatement", (await Pinned()).GetProperty("reason").GetString());
            await client.Query("discard all");
            await Unpinned();
            await client.Terminate();
        }
    }

    [Fact]
    public async Task A_named_text_beyond_the_bound_pins_and_is_executed_as_often_as_asked()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        // The name was another statement's before, which other connections have.
        await client.Ask(Parse("long", "select 'short'"), CloseStatement("long"), Sync());
        var parsed = await client.Ask(Parse("long", Long("$1")), Sync());
        Assert.Null(parsed.Error);
        var pin = await Pinned();
        // Whether SQL has touched the name as well is found out at the boundary.
        Assert.Contains("LongStatement", pin.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(
            "select $1 || ", pin.GetProperty("statement").GetString(), StringComparison.Ordinal);
        foreach (var word in new[] { "once", "twice" })
        {
            await Others(grounds.Proxy.Door());
            var bound = await client.Ask(
                DescribeStatement("long"), Bind("", "long", word), Execute(), Sync());
            Assert.StartsWith(word, bound.Scalar, StringComparison.Ordinal);
        }
        Assert.Equal(
            "42P05", (await client.Ask(Parse("long", Long("'again'")), Sync())).Error?.SqlState);
        Assert.Equal(
            "42P05", (await client.Ask(Parse("long", "select 'again'"), Sync())).Error?.SqlState);
        await client.Ask(CloseStatement("long"), Sync());
        Assert.Equal("26000", (await client.Ask(Bind("", "long", "x"), Sync())).Error?.SqlState);
        await client.Query("discard all");
        await Unpinned();
        await client.Terminate();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_taken_for_a_text_beyond_the_bound_too()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        await client.Ask(Parse("mine", "select 'short'"), Sync());
        var refused = await client.Ask(Parse("mine", Long("'long'")), Sync());
        Assert.Equal("42P05", refused.Error?.SqlState);
        Assert.Equal("short", (await client.Ask(Bind("", "mine"), Execute(), Sync())).Scalar);
        await client.Query("discard all");
        await Unpinned();
        Assert.Equal("26000", (await client.Ask(Bind("", "mine"), Sync())).Error?.SqlState);
        await client.Terminate();
    }

    [Fact]
    public async Task An_unnamed_text_beyond_the_bound_answers_nobody_else()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        // Not by a plain Query: that would end the unnamed statement.
        await client.Ask(
            Parse("d", "discard all"), Parse("", Long("'secret'")), Bind("", ""), Execute(), Sync());
        await Pinned();
        await client.Ask(Bind("", "d"), Execute(), Sync());
        await Unpinned();
        for (var i = 0; i < 3; i++)
        {
            await using var other = await ScriptedClient.Open(grounds.Proxy.Door());
            var replies = await other.Ask(Bind("", ""), Execute(), Sync());
            Assert.Equal("26000", replies.Error?.SqlState);
            await other.Terminate();
        }
        await client.Terminate();
    }

    private static string Long(string beginning) => $"select {beginning} || '{new string('x', 1 << 20)}'";

    [Fact]
    public async Task More_settings_than_are_followed_pin_until_they_are_gone()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        for (var i = 0; i < 300; i++)
            await client.Query($"set app.s{i} = '{i}'");
        Assert.Equal("TooManySettings", (await Pinned()).GetProperty("reason").GetString());
        for (var i = 0; i < 300; i += 99)
            Assert.Equal($"{i}", (await client.Query($"show app.s{i}")).Scalar);
        await client.Query("discard all");
        await Unpinned();
        await client.Terminate();
    }

    [Fact]
    public async Task Nobody_is_pinned_by_what_others_pin_for()
    {
        await using var client = await ScriptedClient.Open(grounds.Proxy.Door());
        var before = (await grounds.Proxy.Metrics()).Sum("sento_pins_total");
        foreach (var innocent in new[]
        {
            "select 'create temp table mine'", "begin; create temp table t (a int) on commit drop; commit",
            "select pg_advisory_xact_lock(1)", "begin; declare c cursor for select 1; fetch c; commit",
            "listen news", "unlisten *", "set work_mem = '7MB'", "set role helper; reset role",
            "prepare p as select 1", "execute p", "deallocate p", "select 1 -- pg_advisory_lock(1)",
        })
        {
            Assert.Null((await client.Query(innocent)).Error);
            // What was left behind is known when the connection has come back.
            await Eventually.Holds(async () => (await Borrowed()) == 0);
        }
        await client.Ask(Parse("s", "select 1"), Bind("", "s"), Execute(), Sync());
        await Eventually.Holds(async () => (await Borrowed()) == 0);
        Assert.Equal(before, (await grounds.Proxy.Metrics()).Sum("sento_pins_total"));
        await client.Terminate();
    }

    private async Task<double> Borrowed() =>
        (await grounds.Proxy.Metrics()).Sum("sento_database_connections_currently_borrowed");

    /// <summary>The only pin there is, once the server has said what its session holds.</summary>
    private async Task<JsonElement> Pinned()
    {
        JsonElement[] pins = [];
        await Eventually.Holds(async () => (pins = await Listed()).Length == 1);
        return pins[0];
    }

    private Task Unpinned() => Eventually.Holds(async () => (await Listed()).Length == 0);

    private string[] Lines(long client) => [.. grounds.Proxy.Log.Split('\n').Where(line =>
        line.Contains($"[clientConnection={client}]", StringComparison.Ordinal)
        && line.Contains("The client session was", StringComparison.Ordinal))];

    private async Task<JsonElement[]> Listed()
    {
        using var page = JsonDocument.Parse((await grounds.Proxy.Admin("/pins")).Text);
        return [.. page.RootElement.EnumerateArray().Select(row => row.Clone())];
    }

    private static async Task<string?> Others(ServerDoor door)
    {
        await using var other = await ScriptedClient.Open(door);
        var pid = (await other.Query(Connection)).Scalar;
        await other.Terminate();
        return pid;
    }

    /// <summary>A proxy that nobody else uses, and whose log can be read line by line.</summary>
    public sealed class Grounds(Ground ground) : IAsyncLifetime
    {
        public SentoProcess Proxy { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await ground.Clean();
            Proxy = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 3");
        }

        public ValueTask DisposeAsync() => Proxy.DisposeAsync();
    }
}
