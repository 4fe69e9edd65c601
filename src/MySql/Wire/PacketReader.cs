using System.Buffers.Binary;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>Reads one payload; every length is checked against what is there before it is used.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _position;

    public readonly int Position => _position;

    public readonly int Left => _payload.Length - _position;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint ReadInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>int&lt;lenenc&gt;.</summary>
    public ulong ReadLength()
    {
        var first = ReadByte();
        switch (first)
        {
            case < 0xfb:
                return first;
            case 0xfc:
                return ReadInt16();
            case 0xfd:
                var low = Take(3);
                return (ulong)(low[0] | low[1] << 8 | low[2] << 16);
            case 0xfe:
                return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
            default:
                throw new ProtocolViolation(
                    "malformed packet: a length begins with a byte that none begins with");
        }
    }

    /// <summary>string&lt;lenenc&gt;.</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        var length = ReadLength();
        return length <= (ulong)Left ? Take((int)length) : throw TooShort();
    }

    /// <summary>string&lt;lenenc&gt; of a text result; false: it is NULL.</summary>
    public bool TryReadValue(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (Left > 0 && _payload[_position] == 0xfb)
        {
            _position++;
            return false;
        }
        value = ReadText();
        return true;
    }

    /// <summary>string&lt;NUL&gt;.</summary>
    public ReadOnlySpan<byte> ReadNulText()
    {
        var end = _payload[_position..].IndexOf((byte)0);
        if (end < 0)
            throw TooShort();
        var text = Take(end);
        _position++;
        return text;
    }

    /// <summary>Up to a zero byte, or to the end where the sender left it out.</summary>
    public ReadOnlySpan<byte> ReadNulTextOrRest() =>
        _payload[_position..].Contains((byte)0) ? ReadNulText() : ReadRest();

    /// <summary>string&lt;EOF&gt;.</summary>
    public ReadOnlySpan<byte> ReadRest() => Take(Left);

    public readonly void ExpectEnd()
    {
        if (Left != 0)
            throw new ProtocolViolation("malformed packet: bytes are left over");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Left)
            throw TooShort();
        var bytes = _payload.Slice(_position, count);
        _position += count;
        return bytes;
    }

    private static ProtocolViolation TooShort() => new("malformed packet: it ends too early");
}
