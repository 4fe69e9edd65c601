using System.Buffers.Binary;
using System.Text;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Replication connections pass one to one, with copy data both ways, and are used by nobody after.
/// </summary>
public sealed class Replication
{
    [Fact]
    public async Task A_logical_stream_passes_both_ways()
    {
        await using var server = await Start();
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await Open(sento, "database");
        Assert.Equal(4, (await client.Query("IDENTIFY_SYSTEM")).Rows.Single().Length);
        await client.Query("CREATE_REPLICATION_SLOT stream TEMPORARY LOGICAL test_decoding");
        await client.Send(Query("START_REPLICATION SLOT stream LOGICAL 0/0"));
        await client.ReceiveUntil('W');

        await server.Execute("create table seen (t text); insert into seen values ('through the stream')");
        while (!await Receives(client, "through the stream"))
            await client.Send(Status(0));

        await client.Send(CopyDone());
        var replies = await client.ReceiveUntilReady();
        Assert.EndsWith("Z(I)", replies.Text, StringComparison.Ordinal);
        Assert.Contains(replies, m => m.Code == 'c');
        // It is a session like any other afterwards.
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_physical_stream_sends_what_is_written()
    {
        await using var server = await Start();
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await Open(sento, "true");
        var place = (await client.Query("IDENTIFY_SYSTEM")).Rows.Single()[2];
        await client.Send(Query($"START_REPLICATION PHYSICAL {place}"));
        await client.ReceiveUntil('W');
        await server.Execute("create table seen (t text); insert into seen values ('written ahead')");
        while (!await Receives(client, "written ahead"))
            await client.Send(Status(0));
    }

    [Fact]
    public async Task Nobody_else_gets_the_connection_and_it_ends_with_its_client()
    {
        await using var server = await Start();
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnections: 2");
        var client = await Open(sento, "database");
        await client.Query("IDENTIFY_SYSTEM");
        await using (var other = await ScriptedClient.Open(sento.Door("postgres")))
        {
            Assert.Equal("client backend", (await other.Query(
                "select backend_type from pg_stat_activity where pid = pg_backend_pid()")).Scalar);
        }
        Assert.Equal(1, await Senders(server));
        client.Vanish();
        await Eventually.Holds(async () => await Senders(server) == 0);
    }

    [Fact]
    public async Task What_was_kept_for_a_client_is_forgotten_with_it()
    {
        await using var server = await Start();
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnections: 5, MinIdle: 1");
        await using var stays = await ScriptedClient.Open(sento.Door());
        await stays.Query("select 1");
        for (var i = 0; i < 5; i++)
        {
            var client = await Open(sento, "database");
            await client.Query("IDENTIFY_SYSTEM");
            if (i == 0)
            {
                // What is kept warm is looked after while it is here: nobody could have one kept for it.
                await stays.Query("begin");
                await Eventually.Holds(async () => await server.CountConnections() == 2);
                await stays.Query("commit");
            }
            await client.Terminate();
            var stranger = await ScriptedClient.Connect(sento.Door(database: $"nowhere_{i}"));
            Assert.Equal("3D000", (await stranger.SignIn()).Error?.SqlState);
        }
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_connection_pools") == 1, TimeSpan.FromMinutes(3));
        Assert.Equal(0, await Senders(server));
        Assert.Equal("1", (await stays.Query("select 1")).Scalar);
    }

    private static Task<ScriptedClient> Open(SentoProcess sento, string kind) =>
        ScriptedClient.Open(sento.Door("postgres").With(("replication", kind)));

    private static Task<PostgresServer> Start() => PostgresServer.Start(new PostgresOptions
    {
        Settings = new Dictionary<string, string> { ["wal_level"] = "logical" },
    });

    private static async Task<long> Senders(PostgresServer server) => (long)(await server.Execute(
        "select count(*) from pg_stat_activity where backend_type = 'walsender'"))!;

    /// <summary>The next piece of the stream; true when it has this text.</summary>
    private static async Task<bool> Receives(ScriptedClient client, string text)
    {
        var piece = await client.Receive();
        Assert.Equal('d', piece.Code);
        return Encoding.UTF8.GetString(piece.Body.Span).Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Standby status update: nothing is written yet, please answer.</summary>
    private static byte[] Status(long place)
    {
        var body = new byte[34];
        body[0] = (byte)'r';
        for (var i = 0; i < 3; i++)
            BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(1 + (8 * i)), place);
        body[33] = 1;
        return CopyData(body);
    }
}
