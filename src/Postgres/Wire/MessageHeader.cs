using System.Buffers.Binary;
using Sento.Base;

namespace Sento.Postgres.Wire;

/// <summary>
/// Byte1(code) Int32(length, itself included, the code not). PostgreSQL 18, Message Formats.
/// </summary>
/// <param name="Code">One of <see cref="ClientCode"/> or <see cref="ServerCode"/>.</param>
/// <param name="BodyBytes">Bytes after the header.</param>
public readonly record struct MessageHeader(byte Code, int BodyBytes)
{
    public const int Bytes = 5;

    /// <summary>Code, length field and body.</summary>
    public int TotalBytes => Bytes + BodyBytes;

    /// <summary>False: fewer than five bytes are there.</summary>
    /// <exception cref="ProtocolViolation">
    /// The length is below 4 or above <see cref="Limits.MessageBytesMax"/>.
    /// </exception>
    public static bool TryRead(ReadOnlySpan<byte> window, out MessageHeader header)
    {
        header = default;
        if (window.Length < Bytes)
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(window[1..]);
        if (length is < 4 or > Limits.MessageBytesMax - 1)
            throw new ProtocolViolation("invalid message length");
        header = new MessageHeader(window[0], length - 4);
        return true;
    }
}
