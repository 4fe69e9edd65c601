using System.Globalization;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What the last statement left, from what we saw go by or took along.</summary>
internal static class LookBackAnswer
{
    private const byte TypeLongLong = 8;
    private const ushort BinaryCharset = 63;
    private const ushort Signed = 0x81, Unsigned = 0xa0;

    /// <returns>False: it is not known here.</returns>
    public static bool TryWrite(ClientRelay client, LookBackQuestion question)
    {
        var last = client.Last;
        switch (question.Kind)
        {
            case LookBackKind.RowCount:
                WriteNumber(client, question, last.RowCount, Signed);
                break;
            case LookBackKind.FoundRows:
                WriteNumber(client, question, (long)last.FoundRows, Signed);
                break;
            case LookBackKind.WarningCount when !last.HasDiagnostics || last.Diagnostics is not null:
                WriteNumber(client, question, last.WarningCount, Unsigned);
                break;
            case LookBackKind.ErrorCount when !last.HasDiagnostics || last.Diagnostics is not null:
                WriteNumber(client, question, last.Diagnostics?.ErrorCount ?? 0, Unsigned);
                break;
            case LookBackKind.Warnings or LookBackKind.Errors when last.Diagnostics is { } kept:
                var rows = kept.Rows(question.Kind == LookBackKind.Errors).Skip(question.Offset).Take(
                    question.Limit);
                Write(client, question, [.. kept.Definitions], [.. rows]);
                break;
            default:
                return false;
        }
        return true;
    }

    private static void WriteNumber(
        ClientRelay client, LookBackQuestion question, long value, ushort flags)
    {
        var definition = new ByteBuffer(64);
        PacketWriter.Text(definition, "def");
        for (var i = 0; i < 3; i++)
            PacketWriter.Text(definition, "");
        PacketWriter.Text(definition, question.Name);
        PacketWriter.Text(definition, "");
        if ((client.Agreement.MariaDb & MariaDbCapabilities.ExtendedMetadata) != 0)
            definition.WriteByte(0);
        definition.WriteByte(0x0c);
        PacketWriter.Int16(definition, BinaryCharset);
        PacketWriter.Int32(definition, 21);
        definition.WriteByte(TypeLongLong);
        PacketWriter.Int16(definition, flags);
        PacketWriter.Int32(definition, 0);
        var row = new ByteBuffer(32);
        PacketWriter.Text(row, value.ToString(CultureInfo.InvariantCulture));
        Write(client, question, [definition.Written.ToArray()], [row.Written.ToArray()]);
    }

    private static void Write(
        ClientRelay client, LookBackQuestion question, byte[][] definitions, byte[][] rows)
    {
        var output = client.Session.Loop.ToClient;
        byte sequence = 1;
        Packet(output, [(byte)definitions.Length], ref sequence);
        foreach (var definition in definitions)
            Packet(output, definition, ref sequence);
        if (!client.HasDeprecateEof)
            OkPacket.WriteEof(output, sequence++, client.Status, 0);
        foreach (var row in rows)
            Packet(output, row, ref sequence);
        if (client.HasDeprecateEof)
            new OkPacket { Header = Reply.Eof, Status = client.Status }.Write(output, sequence, default);
        else
            OkPacket.WriteEof(output, sequence, client.Status, 0);
        client.Last.TakeAnswer((ulong)rows.Length, question.Fate);
    }

    private static void Packet(ByteBuffer output, ReadOnlySpan<byte> payload, ref byte sequence)
    {
        PacketWriter.Header(output, payload.Length, sequence++);
        output.Write(payload);
    }
}
