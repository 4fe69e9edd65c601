using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// 0x00, int&lt;4&gt; number, int&lt;2&gt; columns, int&lt;2&gt; parameters, 0, int&lt;2&gt; warnings.
/// MySQL Internals, COM_STMT_PREPARE Response.
/// </summary>
internal readonly record struct PrepareOk(uint Id, ushort ColumnCount, ushort ParameterCount, ushort Warnings)
{
    public static PrepareOk Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        reader.ReadByte();
        var id = reader.ReadInt32();
        var columns = reader.ReadInt16();
        var parameters = reader.ReadInt16();
        reader.ReadByte();
        return new PrepareOk(id, columns, parameters, reader.Left >= 2 ? reader.ReadInt16() : (ushort)0);
    }

    /// <param name="id">The number that this client knows it by.</param>
    public void Write(ByteBuffer output, byte sequence, uint id)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Reply.Ok);
        PacketWriter.Int32(output, id);
        PacketWriter.Int16(output, ColumnCount);
        PacketWriter.Int16(output, ParameterCount);
        output.WriteByte(0);
        PacketWriter.Int16(output, Warnings);
        PacketWriter.End(output, mark, sequence);
    }
}
