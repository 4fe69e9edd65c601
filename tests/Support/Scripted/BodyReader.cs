using System.Buffers.Binary;
using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>Reads the fields of a message body in order.</summary>
internal ref struct BodyReader(ReadOnlySpan<byte> body)
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = body;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly int Left => _rest.Length;

    public byte Byte() => Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw new FormatException($"The body ends before a field of {count} bytes.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public string Text()
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
            throw new FormatException("A text without its zero byte.");
        var text = Printable(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    /// <summary>The bytes as text: what is not printable UTF-8 becomes \xNN, so that equal text means equal bytes.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        string text;
        try
        {
            text = s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.Latin1.GetString(bytes);
            return string.Concat(text.Select(c => c is < ' ' or '\\' or > '~' ? $"\\x{(int)c:x2}" : $"{c}"));
        }
        return text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\\')
            ? string.Concat(text.Select(c => c is < ' ' or '\\' ? $"\\x{(int)c:x2}" : $"{c}"))
            : text;
    }
}
