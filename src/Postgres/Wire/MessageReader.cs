using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.Wire;

/// <summary>
/// Reads the fields of one message body. Total: any overrun is a <see cref="ProtocolViolation"/>.
/// </summary>
/// <remarks>Allocates nothing but what <see cref="ReadString"/> returns; spans point into the body.</remarks>
public ref struct MessageReader(ReadOnlySpan<byte> body)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = body;

    /// <summary>Bytes not yet read.</summary>
    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => ReadBytes(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(ReadBytes(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(ReadBytes(4));

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        // One unsigned comparison refuses negative counts too.
        if ((uint)count > (uint)_rest.Length)
            Refuse("message ends inside a field");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    /// <summary>The bytes before the next zero byte; the zero is consumed and not part of them.</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        var length = _rest.IndexOf((byte)0);
        if (length < 0)
            Refuse("text in a message has no end");
        var text = _rest[..length];
        _rest = _rest[(length + 1)..];
        return text;
    }

    /// <summary>Zero-terminated UTF-8 as a string; allocates.</summary>
    /// <remarks>
    /// Bytes that are not UTF-8 are refused: replaced, two different names would become equal.
    /// </remarks>
    public string ReadString()
    {
        var text = ReadText();
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            Refuse("text in a message is not valid UTF-8");
            return null!;
        }
    }

    public ReadOnlySpan<byte> ReadRest() => ReadBytes(_rest.Length);

    /// <summary>
    /// Bytes left over after the last field are a violation: both sides must agree on every byte.
    /// </summary>
    public readonly void ExpectEnd()
    {
        if (!_rest.IsEmpty)
            Refuse("message is longer than its fields");
    }

    [DoesNotReturn]
    private static void Refuse(string why) => throw new ProtocolViolation(why);
}
