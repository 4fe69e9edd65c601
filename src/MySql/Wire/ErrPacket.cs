using System.Text;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// 0xff, int&lt;2&gt; code, '#', SQLSTATE of five bytes, message. MySQL Internals, ERR_Packet.
/// </summary>
/// <param name="Body">The whole payload as the server sent it; null: our own error.</param>
internal sealed record ErrPacket(int Code, string SqlState, string Message, byte[]? Body = null)
{
    public static ErrPacket Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        reader.ReadByte();
        var code = reader.ReadInt16();
        var state = "HY000";
        var rest = reader.ReadRest();
        // Before the capabilities are agreed on a server leaves the state out.
        if (rest.Length >= 6 && rest[0] == (byte)'#')
        {
            state = Encoding.ASCII.GetString(rest[1..6]);
            rest = rest[6..];
        }
        return new ErrPacket(code, state, Encoding.UTF8.GetString(rest), payload.ToArray());
    }

    /// <summary>ER_MAX_PREPARED_STMT_COUNT_REACHED: by all that use the server together.</summary>
    public const int TooManyStatements = 1461;

    public static int CodeOf(ReadOnlySpan<byte> payload) =>
        payload.Length < 3 ? 0 : payload[1] | payload[2] << 8;

    public void Write(ByteBuffer output, byte sequence)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Reply.Error);
        PacketWriter.Int16(output, Code);
        output.WriteByte((byte)'#');
        output.Write(Encoding.ASCII.GetBytes(SqlState));
        output.Write(Encoding.UTF8.GetBytes(Message));
        PacketWriter.End(output, mark, sequence);
    }
}
