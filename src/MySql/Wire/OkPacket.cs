using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// int&lt;1&gt; header 0x00 or, at a result's end, 0xfe; lenenc affected rows, lenenc insert id,
/// int&lt;2&gt; status, int&lt;2&gt; warnings, lenenc text, and, where the status says so, a lenenc block
/// of what has changed. MySQL Internals, OK_Packet.
/// </summary>
/// <remarks>
/// Servers write the text with its length whether or not session tracking is agreed on, so a packet without
/// changes has the same bytes for either kind of client.
/// </remarks>
internal readonly ref struct OkPacket
{
    public byte Header { get; init; }

    public ulong AffectedRows { get; init; }

    public ulong InsertId { get; init; }

    public ServerStatus Status { get; init; }

    public ushort Warnings { get; init; }

    public ReadOnlySpan<byte> Info { get; init; }

    /// <summary>What has changed, item by item; see <see cref="TrackerReader"/>.</summary>
    public ReadOnlySpan<byte> Changes { get; init; }

    /// <param name="payload">Of a server that session tracking is agreed on with.</param>
    public static OkPacket Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        var header = reader.ReadByte();
        var affected = reader.ReadLength();
        var insertId = reader.ReadLength();
        var status = (ServerStatus)reader.ReadInt16();
        var warnings = reader.ReadInt16();
        ReadOnlySpan<byte> info = default, changes = default;
        if (reader.Left > 0)
            info = reader.ReadText();
        if ((status & ServerStatus.SessionStateChanged) != 0 && reader.Left > 0)
            changes = reader.ReadText();
        return new OkPacket
        {
            Header = header,
            AffectedRows = affected,
            InsertId = insertId,
            Status = status,
            Warnings = warnings,
            Info = info,
            Changes = changes,
        };
    }

    /// <param name="changes">What this client is to hear of the changes; empty: nothing.</param>
    public void Write(ByteBuffer output, byte sequence, ReadOnlySpan<byte> changes)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Header);
        PacketWriter.Length(output, AffectedRows);
        PacketWriter.Length(output, InsertId);
        var status = Status & ~ServerStatus.SessionStateChanged;
        if (!changes.IsEmpty)
            status |= ServerStatus.SessionStateChanged;
        PacketWriter.Int16(output, (int)status);
        PacketWriter.Int16(output, Warnings);
        if (!Info.IsEmpty || !changes.IsEmpty)
            PacketWriter.Text(output, Info);
        if (!changes.IsEmpty)
            PacketWriter.Text(output, changes);
        PacketWriter.End(output, mark, sequence);
    }

    /// <summary>The same as an EOF packet: 0xfe, int&lt;2&gt; warnings, int&lt;2&gt; status.</summary>
    /// <param name="status">Without what says that something has changed: that is told by an OK.</param>
    public static void WriteEof(ByteBuffer output, byte sequence, ServerStatus status, ushort warnings) =>
        WriteEofAsIs(output, sequence, status & ~ServerStatus.SessionStateChanged, warnings);

    /// <summary>
    /// MariaDB says in an EOF too that something has changed, and tells what in an OK behind it.
    /// </summary>
    public static void WriteEofAsIs(ByteBuffer output, byte sequence, ServerStatus status, ushort warnings)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Reply.Eof);
        PacketWriter.Int16(output, warnings);
        PacketWriter.Int16(output, (int)status);
        PacketWriter.End(output, mark, sequence);
    }
}
