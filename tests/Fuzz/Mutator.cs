using System.Buffers.Binary;

namespace Sento.Tests.Fuzz;

/// <summary>Spoils bytes in the ways that break readers; what it does follows from its seed.</summary>
public sealed class Mutator(int seed)
{
    private static readonly int[] Lengths =
        [0, 1, 3, 4, 5, 255, 256, 65535, 0x7FFFFFFF, -1, int.MinValue, 1 << 30];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    /// <summary>The bytes with one to eight changes.</summary>
    public byte[] Spoil(ReadOnlySpan<byte> bytes)
    {
        var spoilt = bytes.ToArray();
        for (var changes = 1 + _random.Next(8); changes > 0 && spoilt.Length > 0; changes--)
            spoilt = Change(spoilt);
        return spoilt;
    }

    /// <summary>Changes bytes where they stand, so that a stream keeps its length.</summary>
    public void SpoilInPlace(Span<byte> bytes)
    {
        var at = _random.Next(bytes.Length);
        if (bytes.Length - at >= 4 && _random.Next(3) == 0)
            WriteLength(bytes[at..]);
        else
            bytes[at] ^= (byte)(1 << _random.Next(8));
    }

    private byte[] Change(byte[] bytes)
    {
        var at = _random.Next(bytes.Length);
        var count = Math.Min(bytes.Length - at, 1 + _random.Next(12));
        switch (_random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 3:
                return [.. bytes[..(at + count)], .. bytes[at..]];
            case 4:
                return bytes[..at];
            case 5:
                var noise = new byte[count];
                _random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[at..]];
            default:
                if (bytes.Length - at >= 4)
                    WriteLength(bytes.AsSpan(at));
                return bytes;
        }
    }

    /// <summary>As PostgreSQL writes them, or as MySQL does.</summary>
    private void WriteLength(Span<byte> bytes)
    {
        if (_random.Next(2) == 0) BinaryPrimitives.WriteInt32BigEndian(bytes, Length());
        else BinaryPrimitives.WriteInt32LittleEndian(bytes, Length());
    }

    private int Length() =>
        _random.Next(2) == 0 ? Lengths[_random.Next(Lengths.Length)] : _random.Next(-8, 300);
}
