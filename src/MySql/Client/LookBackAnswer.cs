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

    /// <param name="instead">Not empty: nothing is left to show; this text shows nothing, as the server
    /// would.</param>
    /// <returns>False: it is not known here.</returns>
    public static bool TryWrite(ClientRelay client, LookBackQuestion question, out ReadOnlySpan<byte> instead)
    {
        instead = default;
        var last = client.Last;
        switch (question.Kind)
        {
            case LookBackKind.RowCount:
                WriteNumber(client, question.Name, last.RowCount, Signed);
                break;
            case LookBackKind.FoundRows:
                WriteNumber(client, question.Name, (long)last.FoundRows, Signed);
                break;
            case LookBackKind.WarningCount when !last.HasDiagnostics || last.Diagnostics is not null:
                var count = Math.Max(last.WarningCount, last.Diagnostics?.Count ?? 0);
                WriteNumber(client, question.Name, count, Unsigned);
                break;
            case LookBackKind.ErrorCount when !last.HasDiagnostics || last.Diagnostics is not null:
                WriteNumber(client, question.Name, last.Diagnostics?.ErrorCount ?? 0, Unsigned);
                break;
            case LookBackKind.Warnings or LookBackKind.Errors when !last.HasDiagnostics:
                instead = question.Kind == LookBackKind.Warnings ? "SHOW WARNINGS LIMIT 0"u8
                    : "SHOW ERRORS LIMIT 0"u8;
                return true;
            case LookBackKind.Warnings or LookBackKind.Errors when last.Diagnostics is { } kept:
                var rows = kept.Rows(question.Kind == LookBackKind.Errors).Skip(question.Offset).Take(
                    question.Limit);
                Write(client, [.. kept.Definitions], [.. rows]);
                break;
            default:
                return false;
        }
        return true;
    }

    private static void WriteNumber(ClientRelay client, string name, long value, ushort flags)
    {
        var definition = new ByteBuffer(64);
        PacketWriter.Text(definition, "def");
        for (var i = 0; i < 3; i++)
            PacketWriter.Text(definition, "");
        PacketWriter.Text(definition, name);
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
        Write(client, [definition.Written.ToArray()], [row.Written.ToArray()]);
    }

    private static void Write(ClientRelay client, byte[][] definitions, byte[][] rows)
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
        client.Last.TakeAnswer((ulong)rows.Length);
    }

    private static void Packet(ByteBuffer output, ReadOnlySpan<byte> payload, ref byte sequence)
    {
        PacketWriter.Header(output, payload.Length, sequence++);
        output.Write(payload);
    }
}
