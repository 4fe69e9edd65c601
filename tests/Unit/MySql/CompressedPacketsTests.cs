using Sento.Base;
using Sento.MySql.Compression;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class CompressedPacketsTests
{
    public static TheoryData<string> Both => ["zlib", "zstd"];

    [Theory, MemberData(nameof(Both))]
    public void What_one_side_writes_the_other_reads_in_whatever_pieces_it_comes(string name)
    {
        var random = new Random(11);
        foreach (var length in new[] { 1, 49, 50, 51, 1000, 40_000, 1 << 20, (1 << 20) + 1, 3_000_000 })
        {
            var plain = new byte[length];
            random.NextBytes(plain.AsSpan(0, length / 3));
            using var writer = new CompressedPackets(Of(name));
            using var reader = new CompressedPackets(Of(name));
            var wire = Written(writer, plain);
            var heard = new List<byte>();
            var from = 0;
            for (var to = 0; from < wire.Length || to < wire.Length;)
            {
                to = Math.Min(wire.Length, to + random.Next(1, 100_000));
                int consumed;
                do
                {
                    var piece = reader.Decode(wire.AsSpan(from..to), out consumed);
                    from += consumed;
                    heard.AddRange(piece);
                    if (piece.IsEmpty && consumed == 0)
                        break;
                }
                while (true);
            }
            Assert.Equal(plain, heard);
        }
    }

    [Theory, MemberData(nameof(Both))]
    public void What_promises_much_is_read_in_small_pieces(string name)
    {
        using var writer = new CompressedPackets(Of(name));
        using var reader = new CompressedPackets(Of(name));
        var wire = Written(writer, new byte[1 << 20]);
        Assert.InRange(wire.Length, 0, 20_000);
        var total = 0;
        for (var from = 0; total < 1 << 20;)
        {
            var piece = reader.Decode(wire.AsSpan(from), out var consumed);
            Assert.InRange(piece.Length, 1, 32 * 1024);
            from += consumed;
            total += piece.Length;
        }
    }

    [Theory, MemberData(nameof(Both))]
    public void Spoilt_packets_are_violations_and_nothing_else(string name)
    {
        using var writer = new CompressedPackets(Of(name));
        var good = Written(writer, new byte[5000]);
        var random = new Random(3);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good[..random.Next(1, good.Length + 1)];
            for (var i = random.Next(4); i >= 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var reader = new CompressedPackets(Of(name));
            var (from, total) = (0, 0);
            try
            {
                while (true)
                {
                    var piece = reader.Decode(bytes.AsSpan(from), out var consumed);
                    if (piece.IsEmpty && consumed == 0)
                        break;
                    from += consumed;
                    total += piece.Length;
                }
            }
            catch (ProtocolViolation)
            {
                // What it is there for.
            }
            Assert.InRange(total, 0, 1 << 24);
        }
    }

    private static byte[] Written(CompressedPackets writer, byte[] plain)
    {
        var output = new ByteBuffer();
        writer.Encode(plain, output);
        return output.Written.ToArray();
    }

    private static ICompression Of(string name) =>
        name == "zlib" ? ZlibCompression.Instance : ZstdCompression.Instance;
}
