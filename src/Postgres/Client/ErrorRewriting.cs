using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>Makes a server's error speak of the client's text and names instead of ours.</summary>
internal static class ErrorRewriting
{
    /// <returns>False: nothing of ours is in it, and nothing was written.</returns>
    public static bool Rewrite(ReadOnlySpan<byte> body, in ExpectedReply reply, byte[] nowhere, ByteBuffer output)
    {
        var ours = reply.Statement?.ServerName ?? nowhere;
        if (body.IndexOf(ours) < 0 && reply.PositionShift == 0)
            return false;
        var theirs = reply.Name;
        var mark = MessageWriter.Begin(output, ServerCode.ErrorResponse);
        var reader = new MessageReader(body);
        for (var kind = reader.ReadByte(); kind != 0; kind = reader.ReadByte())
        {
            var text = reader.ReadText();
            output.WriteByte(kind);
            if (kind == (byte)'P' && reply.PositionShift != 0) WritePosition(text, reply.PositionShift, output);
            else WriteReplaced(text, ours, theirs, output);
            output.WriteByte(0);
        }
        output.WriteByte(0);
        MessageWriter.End(output, mark);
        return true;
    }

    /// <summary>
    /// Only names stand before a rewritten place, so every position behind it moves by the same number.
    /// </summary>
    private static void WritePosition(ReadOnlySpan<byte> text, int shift, ByteBuffer output)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            output.Write(text);
            return;
        }
        var moved = Math.Max(1, position - shift);
        output.Write(Encoding.ASCII.GetBytes(moved.ToString(CultureInfo.InvariantCulture)));
    }

    private static void WriteReplaced(ReadOnlySpan<byte> text, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs, ByteBuffer output)
    {
        for (var at = text.IndexOf(ours); at >= 0; at = text.IndexOf(ours))
        {
            output.Write(text[..at]);
            output.Write(theirs);
            text = text[(at + ours.Length)..];
        }
        output.Write(text);
    }
}
