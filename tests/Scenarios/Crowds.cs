using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Ten thousand clients, storms of them, bytes in the smallest pieces, and bytes that mean nothing.
/// </summary>
public sealed class Crowds(Ground ground)
{
    [Fact]
    public async Task Ten_thousand_idle_clients_cost_little_and_each_is_answered()
    {
        const int count = 10_000;
        await using var sento = await Trusting();
        var door = sento.Door() with { Deadline = TimeSpan.FromMinutes(2) };
        var clients = new List<ScriptedClient>(count);
        var before = ResidentBytes(sento.Pid);
        try
        {
            while (clients.Count < count)
                clients.AddRange(
                    await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ScriptedClient.Open(door))));
            Assert.Equal(count, (await sento.Metrics()).Sum("sento_client_connections"));
            Assert.InRange((ResidentBytes(sento.Pid) - before) / count, -10_000, 12_000);
            Assert.InRange(await ground.Server.CountConnections(), 0, 15);
            for (var i = 0; i < count; i += 97)
                Assert.Equal($"{i}", (await clients[i].Query($"select {i}")).Scalar);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 0);
    }

    [Fact]
    public async Task A_storm_of_two_thousand_sign_ins_is_weathered()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 5");
        var door = sento.Door() with { Deadline = TimeSpan.FromMinutes(3) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(async i =>
        {
            await using var client = await ScriptedClient.Open(door);
            var answer = (await client.Query($"select {i}")).Scalar;
            await client.Terminate();
            return answer;
        }));
        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => $"{i}"), answers);
        Assert.InRange((await sento.Metrics()).Sum("sento_database_connections"), 1, 5);
    }

    [Fact]
    public async Task A_storm_on_a_small_limit_refuses_the_rest_at_once_and_recovers()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 2", "MaxClientConnections: 50");
        var door = sento.Door() with { Deadline = TimeSpan.FromMinutes(2) };
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ =>
        {
            await using var client = await ScriptedClient.Connect(door);
            var replies = await client.SignIn();
            return replies.Error?.SqlState ?? "in";
        }));
        Assert.All(outcomes, outcome => Assert.Contains(outcome, (string[])["in", "53300"]));
        Assert.Contains("in", outcomes);
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 0);
        await using var after = await ScriptedClient.Open(door);
        Assert.Equal("1", (await after.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task Sign_in_split_at_every_byte_boundary()
    {
        await using var sento = await Trusting();
        var startup = Startup(Version30, sento.Door().StartupParameters());
        byte[] all = [.. startup, .. Query("select 'split'")];
        for (var cut = 1; cut < all.Length; cut++)
        {
            await using var client = await ScriptedClient.Connect(sento.Door());
            await client.SendSplit(all, cut);
            Assert.True((await client.ReceiveUntilReady())[^1].IsReady);
            Assert.Equal("split", (await client.ReceiveUntilReady()).Scalar);
        }
    }

    [Fact]
    public async Task A_whole_conversation_byte_by_byte_through_the_smallest_buffers()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door() with { SocketBufferBytes = 4096 });
        await client.SendByteByByte(Query("select 'simple'"));
        Assert.Equal("simple", (await client.ReceiveUntilReady()).Scalar);
        await client.SendByteByByte(
            Parse("s", "select $1::text"), Bind("", "s", "bound"), DescribePortal(""), Execute(), Sync());
        Assert.Equal("bound", (await client.ReceiveUntilReady()).Scalar);
        await client.Query("create temp table pieces (a text)");
        await client.SendByteByByte(Query("copy pieces from stdin"), CopyData("one\n"), CopyData("two\n"),
            CopyDone());
        Assert.Null((await client.ReceiveUntilReady()).Error);
        Assert.Equal("2", (await client.Query("select count(*) from pieces")).Scalar);

        // Far more than either buffer, both ways at once: nobody waits for the other for ever.
        var text = new string('p', 50_000);
        for (var i = 0; i < 20; i++)
            await Task.WhenAll(client.Send(Query($"select '{text}'")), Equal(text, client));
    }

    public static readonly TheoryData<string, byte[]> Garbage = new()
    {
        { "http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
        { "zeros", new byte[64] },
        { "ones", Enumerable.Repeat((byte)0xff, 64).ToArray() },
        { "tls without a ClientHello", [0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5] },
        { "a length of 2 GB", [0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0] },
        { "a negative length", [0xff, 0xff, 0xff, 0xfe, 0, 3, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_before_sign_in_ends_that_connection_only(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: "SignInTimeout: 5s");
        await using var good = await ScriptedClient.Open(sento.Door());
        for (var i = 0; i < 5; i++)
        {
            await using var bad = await ScriptedClient.Connect(sento.Door());
            await bad.Send(bytes);
            bad.EndSending();
            while (await Byte(bad) is not null)
            {
            }
        }
        Assert.Equal("1", (await good.Query("select 1")).Scalar);
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 1);
        Assert.DoesNotContain("Internal error", sento.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 4 })]
    [InlineData(new byte[] { (byte)'!', 0, 0, 0, 4 })]
    [InlineData(new byte[] { (byte)'Q', 0, 0, 0, 3 })]
    [InlineData(new byte[] { (byte)'Q', 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { (byte)'Q', 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { (byte)'S', 0, 0, 0, 9, 1, 2, 3, 4, 5 })]
    [InlineData(new byte[] { (byte)'B', 0, 0, 0, 5, 1 })]
    [InlineData(new byte[] { (byte)'Q', 0, 0, 0, 8, (byte)'a', (byte)'b', (byte)'c', (byte)'d' })]
    public async Task Garbage_after_sign_in_ends_that_session_with_an_error(byte[] bytes)
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        await using var good = await ScriptedClient.Open(sento.Door());
        await using var bad = await ScriptedClient.Open(sento.Door());
        await bad.Send(bytes);
        var replies = await bad.ReceiveToEnd();
        Assert.Equal("08P01", replies.Error?.SqlState);
        Assert.Equal("1", (await good.Query("select 1")).Scalar);
        Assert.DoesNotContain("Internal error", sento.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_sent_ahead_of_its_turn_is_held_within_a_bound()
    {
        await using var sento = await OwnProxy.Start(
            ground.Server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 300");
        await using var holder = await ScriptedClient.Open(sento.Door());
        await holder.Query("begin; select 1");
        await using var eager = await ScriptedClient.Open(sento.Door());
        var before = ResidentBytes(sento.Pid);
        var piece = Query($"select length('{new string('e', 10_000)}')");
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < 20_000; sent++)
                await eager.Send(piece);
        });
        // It stops when the kernel's buffers and ours are full, long before 200 MB.
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        await holder.Query("select pg_sleep(1)");
        Assert.InRange(ResidentBytes(sento.Pid) - before, -20_000_000, 40_000_000);
        await holder.Query("commit");
        for (var i = 0; i < 20_000; i++)
            Assert.Equal("10000", (await eager.ReceiveUntilReady()).Scalar);
        await sending;
    }

    private static async Task Equal(string text, ScriptedClient client) =>
        Assert.Equal(text, (await client.ReceiveUntilReady()).Scalar);

    private static async Task<byte?> Byte(ScriptedClient client)
    {
        try
        {
            return await client.ReceiveByte();
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>
    /// Without passwords: the machine has better things to do than to derive keys for crowds.
    /// </summary>
    private Task<SentoProcess> Trusting() => SentoProcess.Start(new SentoOptions
    {
        Configuration = OwnProxy.Text(
            OwnProxy.Target(ground.Server.Port), "MaxConnections: 5", "SignInTimeout: 2m",
            auth: "{SecretArn: app, ClientPasswordAuthType: TRUST}"),
    });

    private static long ResidentBytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(
            l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;
    }
}
