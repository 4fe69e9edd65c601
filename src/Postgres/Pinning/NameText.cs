using System.Text;

namespace Sento.Postgres.Pinning;

/// <summary>
/// Names and literals of a statement text as PostgreSQL understands them. Each char of a result is one byte of the
/// text (Latin-1): nothing is lost whatever the client's encoding is.
/// </summary>
/// <remarks>PostgreSQL 18, Identifiers and Key Words.</remarks>
internal static class NameText
{
    /// <summary>Bytes of an identifier that count: NAMEDATALEN minus one. The server cuts off the rest.</summary>
    private const int NameBytesMax = 63;

    /// <summary>Bytes of a literal that is read as a name; no name of anything is longer.</summary>
    public const int LiteralBytesMax = 256;

    /// <summary>A word folded to lower case, or a quoted name without its quotes; cut to 63 bytes.</summary>
    public static string Name(Token token, ReadOnlySpan<byte> text)
    {
        var bytes = token.Of(text);
        Span<byte> name = stackalloc byte[NameBytesMax + 1];
        var isQuoted = token.Kind == TokenKind.QuotedName;
        if (isQuoted)
            bytes = bytes[1..^1];
        var length = 0;
        for (var index = 0; index < bytes.Length && length < name.Length; index++)
        {
            name[length++] = isQuoted ? bytes[index] : AsciiLower(bytes[index]);
            if (isQuoted && bytes[index] == '"')
                index++;
        }
        return Encoding.Latin1.GetString(Cut(name[..length]));
    }

    /// <summary>The value of a string constant, if it is short and holds nothing that has to be computed.</summary>
    public static bool TryLiteral(Token token, ReadOnlySpan<byte> text, out string value)
    {
        value = "";
        if (token.Kind is not (TokenKind.Text or TokenKind.EscapedText or TokenKind.DollarText))
            return false;
        var bytes = token.Of(text);
        var fence = (byte)(token.Kind == TokenKind.DollarText ? '$' : '\'');
        bytes = bytes[(bytes.IndexOf(fence) + 1)..];
        if (fence == '$')
            bytes = bytes[(bytes.IndexOf(fence) + 1)..];
        bytes = bytes[..bytes.LastIndexOf(fence)];
        if (fence == '$')
            bytes = bytes[..bytes.LastIndexOf(fence)];
        if (bytes.Length > LiteralBytesMax)
            return false;
        if (fence == '$')
        {
            value = Encoding.Latin1.GetString(bytes);
            return true;
        }
        return TryUndouble(bytes, token.Kind == TokenKind.EscapedText, out value);
    }

    /// <summary>Whether the bytes hold an ASCII text, in any case.</summary>
    public static bool Contains(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> lowerCase)
    {
        for (var at = 0; at + lowerCase.Length <= bytes.Length; at++)
        {
            if (Ascii.EqualsIgnoreCase(bytes.Slice(at, lowerCase.Length), lowerCase))
                return true;
        }
        return false;
    }

    /// <summary>Folds ASCII letters only: the other chars are bytes of an unknown encoding.</summary>
    public static string Lower(string name)
    {
        return name.AsSpan().ContainsAnyInRange('A', 'Z') ? string.Create(name.Length, name, Fold) : name;

        static void Fold(Span<char> lower, string name)
        {
            for (var index = 0; index < lower.Length; index++)
                lower[index] = (char)AsciiLower((byte)name[index]);
        }
    }

    private static byte AsciiLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    private static bool TryUndouble(ReadOnlySpan<byte> bytes, bool mayEscape, out string value)
    {
        Span<byte> plain = stackalloc byte[LiteralBytesMax];
        var length = 0;
        for (var index = 0; index < bytes.Length; index++)
        {
            var isQuote = bytes[index] == '\'';
            if (isQuote && (index + 1 == bytes.Length || bytes[index + 1] != '\'') || mayEscape && bytes[index] == '\\')
            {
                value = "";
                return false;
            }
            plain[length++] = bytes[index];
            if (isQuote)
                index++;
        }
        value = Encoding.Latin1.GetString(plain[..length]);
        return true;
    }

    /// <summary>The server cuts between characters; where the text isn't UTF-8 we may keep another byte or two.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
    {
        if (name.Length <= NameBytesMax)
            return name;
        var length = NameBytesMax;
        while (length > NameBytesMax - 3 && (name[length] & 0xC0) == 0x80)
            length--;
        return name[..length];
    }
}
