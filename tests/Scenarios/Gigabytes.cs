using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// The longest messages that the protocol knows, and more bytes than 32 bits count. The server is a fake: a
/// real
/// one would hold each message whole, several times over.
/// </summary>
public sealed class Gigabytes
{
    private const int Megabyte = 1 << 20;

    /// <summary>PostgreSQL's MaxAllocSize, which bounds a message's length.</summary>
    private const int LengthMax = 0x3fffffff;

    private const int Messages = 5;

    [Fact]
    public async Task Messages_of_a_gigabyte_and_more_than_four_in_one_copy_pass_in_bounded_memory()
    {
        var received = 0L;
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            var scratch = new byte[Megabyte];
            while (await connection.TryReceive() is { } message)
            {
                var text = System.Text.Encoding.UTF8.GetString(message.Body.Span);
                if (text.StartsWith("copy", StringComparison.Ordinal))
                {
                    await connection.SendRaw(Typed('G', 0, 0, 0));
                    while (await connection.Skim(scratch) is { Code: 'd' } piece)
                        received += piece.Length;
                }
                else if (text.StartsWith("select 'long", StringComparison.Ordinal))
                {
                    await connection.SendRaw([.. Header('D', LengthMax), 0, 1, .. BigEndian(LengthMax - 10)]);
                    await SendPieces(connection.SendRaw, scratch, LengthMax - 10);
                }
                await connection.Send(ToClient.CommandComplete("DONE"), ToClient.ReadyForQuery());
            }
        });
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("select 1");
        var before = ResidentMegabytes(sento.Pid, "VmRSS:");

        await client.Send(Query("copy t from stdin"));
        await client.ReceiveUntil('G');
        var sent = new byte[Megabyte];
        for (var i = 0; i < Messages; i++)
        {
            await client.Send(Header('d', LengthMax));
            await SendPieces(bytes => client.Send(bytes), sent, LengthMax - 4);
        }
        Assert.Equal("C(DONE) Z(I)", (await client.Ask(CopyDone())).Text);
        Assert.Equal(Messages * (LengthMax - 4L), received);

        await client.Send(Query("select 'long'"));
        Assert.Equal((1, LengthMax - 4L), (await client.SkimUntilReady())['D']);
        Assert.InRange(ResidentMegabytes(sento.Pid, "VmHWM:") - before, -100, 60);
        Assert.True((await sento.Metrics()).Sum("sento_bytes_from_clients_total") > uint.MaxValue);
    }

    private static async Task SendPieces(Func<byte[], Task> send, byte[] piece, int count)
    {
        for (; count >= piece.Length; count -= piece.Length)
            await send(piece);
        await send(piece[..count]);
    }

    private static byte[] BigEndian(int value) =>
        [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static long ResidentMegabytes(int pid, string measure)
    {
        var line = File.ReadLines($"/proc/{pid}/status")
            .First(l => l.StartsWith(measure, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture)
            / 1024;
    }
}
