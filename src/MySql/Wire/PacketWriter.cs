using System.Buffers.Binary;
using System.Text;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>Builds packets that we send ourselves; each fits into one.</summary>
internal static class PacketWriter
{
    /// <returns>A mark for <see cref="End"/>.</returns>
    public static int Begin(ByteBuffer output)
    {
        var mark = output.Length;
        output.Reserve(PacketHeader.Bytes);
        return mark;
    }

    public static void End(ByteBuffer output, int mark, byte sequence)
    {
        var length = output.Length - mark - PacketHeader.Bytes;
        Invariant.Holds(length < PacketHeader.PayloadBytesMax);
        WriteHeader(output.WrittenForEdit[mark..], length, sequence);
    }

    public static void WriteHeader(Span<byte> place, int length, byte sequence)
    {
        place[0] = (byte)length;
        place[1] = (byte)(length >> 8);
        place[2] = (byte)(length >> 16);
        place[3] = sequence;
    }

    public static void Header(ByteBuffer output, int length, byte sequence) =>
        WriteHeader(output.Reserve(PacketHeader.Bytes), length, sequence);

    public static void Int16(ByteBuffer output, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(output.Reserve(2), (ushort)value);

    public static void Int32(ByteBuffer output, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(output.Reserve(4), value);

    public static void Length(ByteBuffer output, ulong value)
    {
        switch (value)
        {
            case < 0xfb:
                output.WriteByte((byte)value);
                return;
            case <= ushort.MaxValue:
                output.WriteByte(0xfc);
                Int16(output, (int)value);
                return;
            case <= PacketHeader.PayloadBytesMax:
                output.WriteByte(0xfd);
                var place = output.Reserve(3);
                place[0] = (byte)value;
                place[1] = (byte)(value >> 8);
                place[2] = (byte)(value >> 16);
                return;
            default:
                output.WriteByte(0xfe);
                BinaryPrimitives.WriteUInt64LittleEndian(output.Reserve(8), value);
                return;
        }
    }

    /// <summary>string&lt;lenenc&gt;.</summary>
    public static void Text(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        Length(output, (ulong)text.Length);
        output.Write(text);
    }

    public static void Text(ByteBuffer output, string text) => Text(output, Encoding.UTF8.GetBytes(text));

    /// <summary>string&lt;NUL&gt;.</summary>
    public static void NulText(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        output.Write(text);
        output.WriteByte(0);
    }

    /// <summary>A command without anything behind its code.</summary>
    public static void Command(ByteBuffer output, byte code) => Command(output, code, default);

    /// <summary>A statement's text follows; <see cref="End"/> with 0.</summary>
    /// <param name="hasAttributes">Query attributes are agreed on: there are none, and that is said.</param>
    public static int BeginQuery(ByteBuffer output, bool hasAttributes)
    {
        var mark = Begin(output);
        output.WriteByte(Wire.Command.Query);
        if (hasAttributes)
            output.Write([0, 1]);
        return mark;
    }

    /// <summary>A command with its argument; sequence numbers begin anew.</summary>
    public static void Command(ByteBuffer output, byte code, ReadOnlySpan<byte> argument)
    {
        var mark = Begin(output);
        output.WriteByte(code);
        output.Write(argument);
        End(output, mark, 0);
    }
}
