using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>Reads messages that carry statements, and refuses those that PostgreSQL would.</summary>
internal static class StatementMessages
{
    /// <summary>A message that must be read whole and has not come yet.</summary>
    public static int Bounded(MessageHeader header) => header.BodyBytes > Limits.SignInBytesMax
        ? throw new ProtocolViolation("a name in a message is too long")
        : 0;

    /// <summary>The text of a Query.</summary>
    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || body[^1] != 0)
            throw new ProtocolViolation("text in a message has no end");
        // PostgreSQL reads up to the first zero byte and calls anything behind it a violation.
        var end = body.IndexOf((byte)0);
        return end == body.Length - 1 ? body[..end] : throw new ProtocolViolation("invalid message format");
    }

    /// <summary>The portal and the statement that a Bind names.</summary>
    /// <param name="end">Where in the message what follows them begins.</param>
    /// <returns>False: they have not come yet.</returns>
    public static bool TryReadNames(
        ReadOnlySpan<byte> window, MessageHeader header, out ReadOnlySpan<byte> portal,
        out ReadOnlySpan<byte> name, out int end)
    {
        portal = name = default;
        end = 0;
        var body = window[MessageHeader.Bytes..Math.Min(window.Length, header.TotalBytes)];
        var first = body.IndexOf((byte)0);
        var second = first < 0 ? -1 : body[(first + 1)..].IndexOf((byte)0);
        if (second < 0)
        {
            if (window.Length >= header.TotalBytes || body.Length > Limits.SignInBytesMax)
                throw new ProtocolViolation("text in a message has no end");
            return false;
        }
        portal = body[..first];
        name = body.Slice(first + 1, second);
        end = MessageHeader.Bytes + first + 1 + second + 1;
        return true;
    }
}
