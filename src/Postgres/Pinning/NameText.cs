using System.Text;

namespace Sento.Postgres.Pinning;

/// <summary>
/// Names and literals of a statement text as PostgreSQL understands them. Each char of a result is one byte
/// of the text (Latin-1): nothing is lost whatever the client's encoding is.
/// </summary>
/// <remarks>PostgreSQL 18, Identifiers and Key Words.</remarks>
internal static class NameText
{
    /// <summary>
    /// Bytes of an identifier that count: NAMEDATALEN minus one. The server cuts off the rest.
    /// </summary>
    public const int NameBytesMax = 63;

    /// <summary>Bytes of a literal that is read as a name; no name of anything is longer.</summary>
    public const int LiteralBytesMax = 256;

    /// <summary>A word folded to lower case, or a quoted name without its quotes; cut to 63 bytes.</summary>
    public static string Name(Token token, ReadOnlySpan<byte> text)
    {
        Span<char> name = stackalloc char[NameBytesMax + 1];
        return name[..Read(token, text, name)].ToString();
    }

    /// <summary>The same without a string.</summary>
    /// <param name="name">Room for <see cref="NameBytesMax"/> and one.</param>
    /// <returns>The name's length.</returns>
    public static int Read(Token token, ReadOnlySpan<byte> text, Span<char> name)
    {
        var bytes = token.Of(text);
        var isQuoted = token.Kind == TokenKind.QuotedName;
        if (isQuoted)
            bytes = bytes[1..^1];
        var length = 0;
        for (var index = 0; index < bytes.Length && length <= NameBytesMax; index++)
        {
            name[length++] = isQuoted ? (char)bytes[index] : Lower((char)bytes[index]);
            if (isQuoted && bytes[index] == '"')
                index++;
        }
        return length <= NameBytesMax ? length : LengthOfCut(name);
    }

    /// <summary>
    /// Whether a word may be another name than its bytes say. In SJIS, Big5, GBK, UHC, GB18030 and Johab the
    /// second byte of a letter may look like a capital, which we would fold, or like a symbol, where we would
    /// end the word. (In UTF-8 no such byte follows a high one inside a letter; a capital after one may be
    /// meant.)
    /// </summary>
    public static bool IsAmbiguous(Token token, ReadOnlySpan<byte> text)
    {
        if (token.Kind != TokenKind.Word)
            return false;
        for (var at = token.Start; at < token.End; at++)
        {
            var next = at + 1 < text.Length ? (char)text[at + 1] : '\0';
            var isFoldedOrEnds = next is >= '@' and <= '~' and not '_' && !char.IsAsciiLetterLower(next);
            if (text[at] >= 0x80 && isFoldedOrEnds)
                return true;
        }
        return false;
    }

    /// <summary>
    /// The value of a string constant, if it is short and holds nothing that has to be computed.
    /// </summary>
    /// <param name="value">Room for <see cref="LiteralBytesMax"/>.</param>
    public static bool TryReadLiteral(Token token, ReadOnlySpan<byte> text, Span<char> value, out int length)
    {
        length = 0;
        if (token.Kind is not (TokenKind.Text or TokenKind.EscapedText or TokenKind.DollarText))
            return false;
        var fence = token.Kind == TokenKind.DollarText ? (byte)'$' : (byte)'\'';
        var bytes = Inside(token.Of(text), fence);
        if (fence == '$')
            bytes = Inside(bytes, fence);
        if (bytes.Length > LiteralBytesMax)
            return false;
        for (var index = 0; index < bytes.Length; index++)
        {
            var isQuote = bytes[index] == '\'' && fence == '\'';

            // A quote alone is the seam of a string in two parts; those are rare enough to be left unread.
            var isSeam = isQuote && (index + 1 == bytes.Length || bytes[index + 1] != '\'');
            if (isSeam || bytes[index] == '\\' && token.Kind == TokenKind.EscapedText)
                return false;
            value[length++] = (char)bytes[index];
            if (isQuote)
                index++;
        }
        return true;
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
    public static void Lower(Span<char> name)
    {
        foreach (ref var letter in name)
            letter = Lower(letter);
    }

    private static char Lower(char letter) =>
        char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter;

    private static ReadOnlySpan<byte> Inside(ReadOnlySpan<byte> bytes, byte fence) =>
        bytes[(bytes.IndexOf(fence) + 1)..bytes.LastIndexOf(fence)];

    /// <summary>
    /// The server cuts between characters. Where the text isn't UTF-8 we may cut a byte or two too early.
    /// </summary>
    private static int LengthOfCut(ReadOnlySpan<char> name)
    {
        var length = NameBytesMax;
        while (length > NameBytesMax - 3 && (name[length] & 0xC0) == 0x80)
            length--;
        return length;
    }
}
