using Sento.Tests.Support.Relays;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Messages that come in pieces from the server, and messages as long as the buffers they
/// pass.</summary>
public sealed class Pieces(Ground ground) : Play(ground)
{
    /// <summary>Bytes from which on messages are streamed, receive buffers end, and texts are not
    /// read.</summary>
    private static readonly int[] Edges = [16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024];

    /// <summary>Passes pieces of a size, through the smallest buffers there are.</summary>
    private PassingRelay Small(int pieceBytes) => new(Ground.Server.Port, pieceBytes, bufferBytes: 4096);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task A_server_heard_in_pieces_says_what_it_says_at_once(int pieceBytes)
    {
        await using var relay = Small(pieceBytes);
        await using var sento = await OwnProxy.Start(relay.Port, "MaxConnections: 2");
        var heard = new List<string>();
        foreach (var door in new[] { Ground.Direct, sento.Door() })
        {
            await Ground.Clean();
            await using var side = new Side(door.Port == sento.Port ? "in pieces" : "direct", door);
            await Converse(side);
            heard.Add(side.Transcript);
        }
        Assert.Equal(heard[0], heard[1]);
    }

    [Fact]
    public async Task A_deep_pipeline_through_tiny_buffers_of_both_legs_does_not_jam()
    {
        const int groups = 3000;
        await using var relay = Small(1000);
        await using var sento = await OwnProxy.Start(relay.Port);
        await using var client = await ScriptedClient.Open(sento.Door() with { SocketBufferBytes = 4096 });
        var group = (byte[])[.. Extended($"select repeat('x', 300) /* {new string('c', 300)} */"), .. Sync()];
        var sending = client.SendRepeated(group, groups);
        var replies = await client.ReceiveReady(groups);
        await sending;
        Assert.Equal(groups, replies.Rows.Count(row => row[0] is { Length: 300 }));
    }

    [Fact]
    public Task Messages_as_long_as_a_buffer_give_or_take_a_byte_pass_both_ways() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        await client.Query("create table lines (line text)");
        await client.Ask(Parse("echo", "select length($1), $1"), Sync());
        foreach (var length in Edges.SelectMany(edge => Enumerable.Range(edge - 2, 5)))
        {
            // Head, text, zero: the message as a whole is as long as it should be.
            var query = $"select '{new string('q', length - 15)}'";
            Assert.Equal(length, Query(query).Length);
            Assert.Equal(length - 15, (await client.Query(query)).Scalar?.Length);
            var value = new string('v', length - 21);
            Assert.Equal(length, Bind("", "echo", value).Length);
            var echoed = await client.Ask(Bind("", "echo", value), Execute(), Sync());
            Assert.Equal([$"{value.Length}", value], echoed.Rows.Single());
            // 'D', its length, one column and its length.
            Assert.Equal(length - 11,
                (await client.Query($"select repeat('r', {length - 11})")).Scalar?.Length);
            var line = new string('c', length - 6) + "\n";
            await client.Send(Query("copy lines from stdin"), CopyData(line), CopyDone());
            Assert.Equal("C(COPY 1)", (await client.ReceiveUntilReady())[^2].Text);
        }
        var lengths = await client
            .Query("select string_agg(length(line)::text, ',' order by length(line)) from lines");
        Assert.Equal(
            string.Join(',', Edges.SelectMany(edge => Enumerable.Range(edge - 8, 5))), lengths.Scalar);
    });

    private static async Task Converse(Side side)
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table t (a int, b text)");
        await client.Query("set application_name = 'pieces'; select 1; select 'two', null; selekt");
        await other.Query("show application_name");
        await client.Send(
            Parse("s", "select $1::int + 1 as n"), DescribeStatement("s"), Bind("", "s", "41"),
            DescribePortal(""), Execute(), Sync(), Extended("select 1/0"), Sync(), Query("begin"));
        await client.ReceiveReady(3);
        await client.Send(Query("copy t from stdin"), CopyData("1\tone\n2\t"), CopyData("two\n"), CopyDone());
        await client.ReceiveUntilReady();
        await client.Query("commit");
        await client.Query("copy t to stdout");
        await other.Ask(Bind("", "nobody"), Execute(), Sync());
        await other.Query("do $$ begin raise notice 'one'; end $$; set timezone = 'Asia/Tokyo'");
        await client.Query("select repeat('long', 6000)");
        await client.Ask(Bind("", "s", "1"), Execute(), Sync());
        await client.Query("listen news; notify news, 'read'");
        await client.Query("");
    }
}
