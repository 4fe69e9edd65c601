namespace Sento.MySql.Pinning;

/// <summary>A statement text without its values, short enough for a log line.</summary>
public static class StatementFingerprint
{
    /// <summary>Characters of a digest, the ellipsis not counted.</summary>
    public const int DigestCharsMax = 200;

    /// <summary>
    /// Lower-case ASCII with one form of spacing, <c>?</c> in place of values, without comments; at most
    /// <see cref="DigestCharsMax"/> characters, then an ellipsis. Never holds a value, whatever the text is.
    /// </summary>
    /// <remarks>
    /// Values are constants, everything that SET assigns, and whatever stands in double quotes. A text whose
    /// strings may end elsewhere than we think is cut there, since what follows may be the inside of a value.
    /// </remarks>
    public static string Of(ReadOnlySpan<byte> text, ScanMode mode)
    {
        var lexer = new Lexer(text, mode);
        var digest = new DigestWriter(text);
        while (true)
        {
            lexer.Next();
            if (lexer.Kind == TokenKind.End)
                return digest.Finish();
            if (lexer.Kind is TokenKind.Broken or TokenKind.ExecutableComment
                || MayEndElsewhere(text[lexer.Start..lexer.End], mode))
                return digest.FinishCut();
            digest.Add(lexer);
        }
    }

    /// <summary>
    /// Under another sql_mode, which an earlier statement of the same text may set, a backslash before a
    /// quote keeps a string open or lets it end; in some character sets it is half of a character.
    /// </summary>
    private static bool MayEndElsewhere(ReadOnlySpan<byte> token, ScanMode mode) =>
        ((mode & ScanMode.AmbiguousBytes) != 0 && token.ContainsAnyExceptInRange((byte)0, (byte)0x7f))
        || token.IndexOf("\\'"u8) >= 0 || token.IndexOf("\\\""u8) >= 0;
}
