using System.Globalization;
using System.Text;
using Sento.Base;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>Makes a server's error speak of the client's text and names instead of ours.</summary>
internal static class ErrorRewriting
{
    /// <returns>False: nothing of ours is in it, and nothing was written.</returns>
    public static bool Rewrite(
        ReadOnlySpan<byte> body, in ExpectedReply reply, StatementRegistry registry, ByteBuffer output)
    {
        var ours = reply.Statement?.ServerName ?? registry.NowhereName;
        if (body.IndexOf(ours) < 0 && reply.PositionShift == 0)
            return false;
        if (ReferenceEquals(reply.Statement, registry.Outdated))
        {
            WriteOutdated(reply, output);
            return true;
        }
        var theirs = reply.Name;
        var mark = MessageWriter.Begin(output, ServerCode.ErrorResponse);
        var reader = new MessageReader(body);
        for (var kind = reader.ReadByte(); kind != 0; kind = reader.ReadByte())
        {
            var text = reader.ReadText();
            output.WriteByte(kind);
            if (kind == (byte)'P' && reply.PositionShift != 0)
                WritePosition(text, reply.PositionShift, output);
            else
                WriteReplaced(text, ours, theirs, output);
            output.WriteByte(0);
        }
        output.WriteByte(0);
        MessageWriter.End(output, mark);
        return true;
    }

    /// <summary>
    /// PostgreSQL's own error for a statement that would return other columns now; drivers know it by its
    /// routine.
    /// </summary>
    private static void WriteOutdated(in ExpectedReply reply, ByteBuffer output)
    {
        output.Write(reply.Answer);
        var mark = MessageWriter.Begin(output, ServerCode.ErrorResponse);
        output.Write("SERROR\0VERROR\0C0A000\0Mcached plan must not change result type\0"u8);
        output.Write("Fplancache.c\0RRevalidateCachedQuery\0\0"u8);
        MessageWriter.End(output, mark);
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

    private static void WriteReplaced(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs, ByteBuffer output)
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
