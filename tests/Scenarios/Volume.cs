using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Large messages, many messages, slow readers: right to the last byte, in bounded memory.</summary>
public sealed class Volume(Ground ground) : Play(ground)
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(100_000)]
    [InlineData(3 * Megabyte)]
    [InlineData(40 * Megabyte)]
    public Task A_large_statement_text(int length) => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var replies = await client.Query($"select length('{new string('x', length)}')");
        Assert.Equal($"{length}", replies.Scalar);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        replies = await client.Extended($"select length('{new string('y', length)}')");
        Assert.Equal($"{length}", replies.Scalar);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    public Task A_large_bound_value(int megabytes) => Compare(async side =>
    {
        var client = await side.Open();
        await client.Ask(Parse("s", "select length($1), md5($1)"), Sync());
        var value = new string('v', megabytes * Megabyte);
        var replies = await client.Ask(Bind("", "s", value), Execute(), Sync());
        Assert.Equal($"{value.Length}", replies.Scalar);
        Assert.Equal("2 D(3|", (await client.Ask(Bind("", "s", "abc"), Execute(), Sync())).Text[..6]);
    });

    [Fact]
    public Task A_large_row() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        await client.Send(Query("select repeat('r', 200000000)"), Query("select 'after'"));
        var seen = await client.SkimUntilReady();
        Assert.Equal((1, 200_000_006L), seen['D']);
        Assert.Equal("after", (await client.ReceiveUntilReady()).Scalar);
    });

    [Fact]
    public Task A_statement_with_65535_parameters() => Compare(async side =>
    {
        var client = await side.Open();
        var text = "select count(*) from (values " +
            string.Join(',', Enumerable.Range(1, 65535).Select(i => $"(${i}::int)")) + ") v";
        var values = Enumerable.Repeat<string?>("1", 65535).ToArray();
        Assert.Equal("65535", (await client.Ask(Parse("s", text), Bind("", "s", values), Execute(), Sync())).Scalar);
        Assert.Equal("65535", (await client.Ask(Bind("", "s", values), Execute(), Sync())).Scalar);
    });

    [Fact]
    public Task A_row_of_1600_columns() => Compare(async side =>
    {
        var client = await side.Open();
        var replies = await client.Extended("select " + string.Join(',', Enumerable.Range(1, 1600).Select(i => $"{i} as c{i}")));
        Assert.Equal(1600, replies.Rows.Single().Length);
        Assert.Equal("54011", (await client.Query("select " + string.Join(',', Enumerable.Range(1, 1700)))).Error?.SqlState);
    });

    [Fact]
    public Task Ten_thousand_notices() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        var replies = await client.Query("do $$ begin for i in 1..10000 loop raise notice '%', i; end loop; end $$");
        Assert.Equal(10_000, replies.Count(m => m.Code == 'N'));
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Fact]
    public Task A_million_rows() => Compare(async side =>
    {
        var client = await side.Open();
        client.Hears = null;
        await client.Send(Query("select generate_series(1, 1000000)"));
        Assert.Equal(1_000_000, (await client.SkimUntilReady())['D'].Count);
    });

    [Fact]
    public async Task A_slow_reader_does_not_fill_the_proxys_memory()
    {
        Ground.NeedsProxy();
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        await using var reader = await ScriptedClient.Open(sento.Door());
        await using var other = await ScriptedClient.Open(sento.Door());
        var before = ResidentMegabytes(sento.Pid);
        await reader.Send(Query("select repeat('x', 1000) from generate_series(1, 400000)"));
        await reader.ReceiveUntil('D');
        // While the reader rests, the server fills whatever room there is; the other client shows that time passes.
        for (var i = 0; i < 200; i++)
            await other.Query("select pg_sleep(0.005)");
        Assert.InRange(ResidentMegabytes(sento.Pid) - before, -100, 60);
        Assert.Equal(399_999, (await reader.SkimUntilReady())['D'].Count);
    }

    [Fact]
    public async Task A_value_of_300_megabytes_passes_both_ways_in_bounded_memory()
    {
        const int length = 300 * Megabyte;
        await using var sento = await OwnProxy.Start(Ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Ask(Parse("s", "select length($1)"), Sync());
        await client.Query("select repeat('r', 1000000)");
        var before = ResidentMegabytes(sento.Pid);

        byte[] head = [0, (byte)'s', 0, 0, 0, 0, 1, .. BigEndian(length)];
        await client.Send(Header('B', 4 + head.Length + length + 2), head);
        await client.SendRepeated(Enumerable.Repeat((byte)'v', Megabyte).ToArray(), 300);
        await client.Send([0, 0], Execute(), Sync());
        Assert.Equal($"{length}", (await client.ReceiveUntilReady()).Scalar);

        await client.Send(Query($"select repeat('r', {length})"));
        Assert.Equal((1, length + 6L), (await client.SkimUntilReady())['D']);
        Assert.InRange(ResidentMegabytes(sento.Pid, "VmHWM:") - before, -100, 60);
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <param name="measure">Now, or VmHWM: the most there ever was.</param>
    private static long ResidentMegabytes(int pid, string measure = "VmRSS:")
    {
        var line = File.ReadLines($"/proc/{pid}/status")
            .First(l => l.StartsWith(measure, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
