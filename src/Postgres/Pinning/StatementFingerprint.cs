namespace Sento.Postgres.Pinning;

/// <summary>
/// A statement text without its values: short enough for a log line, the same for all values.
/// </summary>
/// <param name="Digest">
/// Lower-case ASCII with one form of spacing, <c>$1</c>, <c>$2</c>, … in place of values, without comments;
/// at most <see cref="DigestCharsMax"/> characters, then an ellipsis. Never holds a value, whatever the text
/// is.
/// </param>
/// <param name="Hash">
/// Of the whole normalised text, also where the digest is cut. Not for hostile collisions.
/// </param>
public readonly record struct StatementFingerprint(string Digest, ulong Hash)
{
    /// <summary>Characters of a digest, the ellipsis not counted.</summary>
    public const int DigestCharsMax = 200;

    /// <remarks>
    /// Values are constants, bind parameters, everything that SET assigns and whatever follows PASSWORD. A
    /// text whose strings may end elsewhere than we think is cut there, since what follows may be the inside
    /// of a value.
    /// </remarks>
    public static StatementFingerprint Of(ReadOnlySpan<byte> text)
    {
        var lexer = new Lexer(text, standardConformingStrings: true);
        var digest = new DigestWriter(text);
        while (true)
        {
            var token = lexer.Next();
            if (lexer.IsBroken || lexer.IsAmbiguous || MayEndElsewhere(token, text))
                return digest.FinishCut();
            if (token.Kind == TokenKind.End)
                return digest.Finish();
            digest.Add(token);
        }
    }

    /// <summary>
    /// Under the other value of standard_conforming_strings, a backslash before a quote keeps the string
    /// open.
    /// </summary>
    private static bool MayEndElsewhere(Token token, ReadOnlySpan<byte> text) =>
        token.Kind == TokenKind.Text && token.Of(text).IndexOf("\\'"u8) >= 0;
}
