using System.Buffers.Binary;
using Sento.Base;

namespace Sento.Tests.Support.Scripted;

/// <summary>Frames a message: the code (absent in start-up packets), the length, the body.</summary>
/// <remarks>PostgreSQL 18, Message Formats. Written apart from the proxy's own writer, so that one checks the other.</remarks>
internal static class WireMessage
{
    public static byte[] Of(char code, Action<ByteBuffer>? body = null)
    {
        var bytes = new ByteBuffer();
        bytes.WriteByte((byte)code);
        return Finish(bytes, 1, body);
    }

    /// <summary>A packet without a code: start-up, cancel, TLS and GSS requests.</summary>
    public static byte[] Untyped(Action<ByteBuffer> body) => Finish(new ByteBuffer(), 0, body);

    private static byte[] Finish(ByteBuffer bytes, int lengthAt, Action<ByteBuffer>? body)
    {
        bytes.WriteInt32(0);
        body?.Invoke(bytes);
        var whole = bytes.Written.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(whole.AsSpan(lengthAt), whole.Length - lengthAt);
        return whole;
    }
}
