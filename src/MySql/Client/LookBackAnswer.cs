using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// SELECT ROW_COUNT() and SELECT FOUND_ROWS(), alone in their text, answered from what we saw go by.
/// </summary>
internal static class LookBackAnswer
{
    private const byte TypeLongLong = 8;
    private const ushort BinaryCharset = 63;
    private const ushort NumberFlags = 0x81;

    /// <returns>False: the text asks for more than that.</returns>
    public static bool TryWrite(ClientRelay client, ReadOnlySpan<byte> text, LastResult last,
        ByteBuffer output)
    {
        var lexer = new Lexer(text, ScanMode.None);
        lexer.Next();
        if (!lexer.Is("SELECT"u8))
            return false;
        lexer.Next();
        var isRowCount = lexer.Is("ROW_COUNT"u8);
        if (!isRowCount && !lexer.Is("FOUND_ROWS"u8))
            return false;
        var name = Encoding.Latin1.GetString(lexer.Word) + "()";
        lexer.Next();
        if (!lexer.Is((byte)'('))
            return false;
        lexer.Next();
        if (!lexer.Is((byte)')'))
            return false;
        lexer.Next();
        if (lexer.Is((byte)';'))
            lexer.Next();
        if (lexer.Kind != TokenKind.End)
            return false;
        var value = isRowCount ? last.RowCount.ToString(CultureInfo.InvariantCulture)
            : last.FoundRows.ToString(CultureInfo.InvariantCulture);
        Write(client, output, name, value);
        last.Take(new OkPacket { Header = Reply.Eof }, 1);
        last.Disturb(true);
        return true;
    }

    private static void Write(ClientRelay client, ByteBuffer output, string name, string value)
    {
        byte sequence = 1;
        PacketWriter.Header(output, 1, sequence++);
        output.WriteByte(1);
        var mark = PacketWriter.Begin(output);
        PacketWriter.Text(output, "def");
        PacketWriter.Text(output, "");
        PacketWriter.Text(output, "");
        PacketWriter.Text(output, "");
        PacketWriter.Text(output, name);
        PacketWriter.Text(output, "");
        if ((client.Agreement.MariaDb & MariaDbCapabilities.ExtendedMetadata) != 0)
            output.WriteByte(0);
        output.WriteByte(0x0c);
        PacketWriter.Int16(output, BinaryCharset);
        PacketWriter.Int32(output, 21);
        output.WriteByte(TypeLongLong);
        PacketWriter.Int16(output, NumberFlags);
        PacketWriter.Int32(output, 0);
        output.WriteByte(0);
        PacketWriter.End(output, mark, sequence++);
        if (!client.HasDeprecateEof)
            OkPacket.WriteEof(output, sequence++, client.Status, 0);
        mark = PacketWriter.Begin(output);
        PacketWriter.Text(output, value);
        PacketWriter.End(output, mark, sequence++);
        if (client.HasDeprecateEof)
            new OkPacket { Header = Reply.Eof, Status = client.Status }.Write(output, sequence, default);
        else
            OkPacket.WriteEof(output, sequence, client.Status, 0);
    }
}
