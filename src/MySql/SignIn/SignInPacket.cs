using System.Text;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.SignIn;

/// <summary>The packets of the authentication phase, whole or not at all.</summary>
internal static class SignInPacket
{
    /// <returns>False: not all of it is there.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> window, byte expected, out ReadOnlySpan<byte> payload, out int totalBytes)
    {
        payload = default;
        totalBytes = 0;
        if (!PacketHeader.TryRead(window, out var header))
            return false;
        if (header.PayloadBytes > Limits.SignInBytesMax)
            throw new ProtocolViolation("Bad handshake");
        if (header.Sequence != expected)
            throw new ProtocolViolation("Got packets out of order");
        if (window.Length < header.TotalBytes)
            return false;
        totalBytes = header.TotalBytes;
        payload = window[PacketHeader.Bytes..totalBytes];
        return true;
    }

    public static void Write(ByteBuffer output, byte sequence, ReadOnlySpan<byte> payload)
    {
        PacketWriter.Header(output, payload.Length, sequence);
        output.Write(payload);
    }

    /// <summary>0xfe, plugin NUL, data; behind the data of MySQL's plugins another NUL.</summary>
    public static void WriteSwitch(ByteBuffer output, byte sequence, string plugin, ReadOnlySpan<byte> salt)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Reply.Eof);
        output.WriteText(plugin);
        output.Write(salt);
        if (plugin is not (AuthPlugin.Ed25519 or AuthPlugin.Parsec))
            output.WriteByte(0);
        PacketWriter.End(output, mark, sequence);
    }

    /// <summary>0x01, data.</summary>
    public static void WriteMore(ByteBuffer output, byte sequence, ReadOnlySpan<byte> data)
    {
        var mark = PacketWriter.Begin(output);
        output.WriteByte(Reply.MoreData);
        output.Write(data);
        PacketWriter.End(output, mark, sequence);
    }

    /// <summary>What the payload of a switch asks for.</summary>
    public static (string Plugin, byte[] Salt) ReadSwitch(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        reader.ReadByte();
        if (reader.Left == 0)
            return ("mysql_old_password", []);
        var plugin = Encoding.ASCII.GetString(reader.ReadNulText());
        var data = reader.ReadRest();
        // What MariaDB's plugins have thought up may end with any byte.
        if (data.Length > 0 && data[^1] == 0 && plugin is not (AuthPlugin.Ed25519 or AuthPlugin.Parsec))
            data = data[..^1];
        return (plugin, data.ToArray());
    }
}
