using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>The reply to a Prepare, from what a server has said of the same statement before.</summary>
internal static class PreparedAnswer
{
    public static void Write(
        ByteBuffer output, PreparedShape shape, uint number, bool hasDeprecateEof, ServerStatus status)
    {
        byte sequence = 1;
        new PrepareOk(number, shape.ColumnCount, shape.ParameterCount, shape.Warnings)
            .Write(output, sequence++, number);
        var rest = shape.Definitions.AsSpan();
        foreach (var count in (ReadOnlySpan<ushort>)[shape.ParameterCount, shape.ColumnCount])
        {
            for (var i = 0; i < count; i++)
            {
                PacketHeader.TryRead(rest, out var header);
                PacketWriter.Header(output, header.PayloadBytes, sequence++);
                output.Write(rest[PacketHeader.Bytes..header.TotalBytes]);
                rest = rest[header.TotalBytes..];
            }
            if (count > 0 && !hasDeprecateEof)
                OkPacket.WriteEof(output, sequence++, status, 0);
        }
        Invariant.Holds(rest.IsEmpty);
    }
}
