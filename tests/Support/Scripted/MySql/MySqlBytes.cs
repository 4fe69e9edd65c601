using System.Buffers.Binary;
using System.Text;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>Builds a payload field by field.</summary>
public sealed class MySqlBytes
{
    private readonly MemoryStream _bytes = new();

    public static MySqlBytes Command(byte code) => new MySqlBytes().Byte(code);

    public MySqlBytes Byte(int value)
    {
        _bytes.WriteByte((byte)value);
        return this;
    }

    public MySqlBytes Int(long value, int bytes)
    {
        for (var i = 0; i < bytes; i++)
            _bytes.WriteByte((byte)(value >> (8 * i)));
        return this;
    }

    public MySqlBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public MySqlBytes Raw(string text) => Raw(Encoding.UTF8.GetBytes(text));

    public MySqlBytes NulText(string text) => Raw(text).Byte(0);

    public MySqlBytes Length(long value) => value switch
    {
        < 0xfb => Byte((int)value),
        <= 0xffff => Byte(0xfc).Int(value, 2),
        <= 0xff_ffff => Byte(0xfd).Int(value, 3),
        _ => Byte(0xfe).Int(value, 8),
    };

    public MySqlBytes Text(ReadOnlySpan<byte> text) => Length(text.Length).Raw(text);

    public MySqlBytes Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>As packets on the wire: split where the payload is too long for one.</summary>
    public static byte[] Packets(ReadOnlySpan<byte> payload, byte sequence)
    {
        const int most = 0xff_ffff;
        var stream = new MemoryStream();
        while (true)
        {
            var piece = payload[..Math.Min(most, payload.Length)];
            stream.Write([(byte)piece.Length, (byte)(piece.Length >> 8), (byte)(piece.Length >> 16),
                sequence++]);
            stream.Write(piece);
            payload = payload[piece.Length..];
            if (piece.Length < most)
                return stream.ToArray();
        }
    }
}

/// <summary>Reads a payload field by field.</summary>
internal ref struct MySqlBodyReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly int Left => _rest.Length;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public readonly byte Peek() => _rest[0];

    public int Int16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint Int32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw new FormatException($"The packet ends before a field of {count} bytes.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public long Length()
    {
        var first = Byte();
        return first switch
        {
            < 0xfb => first,
            0xfc => Int16(),
            0xfd => (uint)Int16() | (uint)Byte() << 16,
            0xfe => Int64(),
            _ => throw new FormatException($"A length that begins with {first}."),
        };
    }

    public ReadOnlySpan<byte> TextBytes() => Take((int)Length());

    public string Text() => BodyReader.Printable(TextBytes());

    public string NulText()
    {
        var end = _rest.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(Take(end < 0 ? _rest.Length : end));
        if (end >= 0)
            Take(1);
        return text;
    }
}
