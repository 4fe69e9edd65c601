namespace Sento.Postgres.Pinning;

/// <summary>One argument of a call, as far as it is a constant.</summary>
/// <param name="First">Its first token.</param>
/// <param name="IsSole">Nothing follows the first token but casts that keep a text as it is.</param>
/// <param name="Ender">The comma or parenthesis after it; zero when it is longer than we read ahead.</param>
internal readonly record struct Argument(Token First, bool IsSole, char Ender)
{
    /// <param name="budget">Tokens that may still be read.</param>
    public static Argument Read(ref Lexer lexer, ref int budget)
    {
        var first = default(Token);
        var isSole = true;
        var castTokens = 0;
        var depth = 0;
        for (var count = 0; budget-- > 0; count++)
        {
            var token = lexer.Next();
            if (token.Kind == TokenKind.End)
                break;
            if (depth == 0 && (token.Is(',') || token.Is(')')))
                return new Argument(first, isSole && count > 0 && castTokens % 3 == 0, (char)token.Symbol);
            if (token.Is('(') || token.Is('['))
                depth++;
            else if (token.Is(')') || token.Is(']'))
                depth--;
            if (count == 0)
                first = token;
            else
                isSole &= IsCast(castTokens++, token, lexer.Text);
        }
        return default;
    }

    /// <param name="value">Room for <see cref="NameText.LiteralBytesMax"/>.</param>
    public bool TryReadLiteral(ReadOnlySpan<byte> text, Span<char> value, out int length)
    {
        length = 0;
        return IsSole && NameText.TryReadLiteral(First, text, value, out length);
    }

    /// <summary>Whether it is certainly true; whatever else it may be counts as false.</summary>
    public bool IsTrue(ReadOnlySpan<byte> text)
    {
        if (IsSole && First.Kind == TokenKind.Word)
            return Words.Of(First.Of(text)) == Word.True;
        Span<char> value = stackalloc char[NameText.LiteralBytesMax];
        if (!TryReadLiteral(text, value, out var length))
            return false;
        value = value[..length];
        NameText.Lower(value);
        return value is "true" or "t" or "on" or "yes" or "1";
    }

    private static bool IsCast(int position, Token token, ReadOnlySpan<byte> text)
    {
        if (position % 3 != 2)
            return token.Is(':');
        if (token.Kind != TokenKind.Word)
            return false;
        Span<char> type = stackalloc char[NameText.NameBytesMax + 1];
        type = type[..NameText.Read(token, text, type)];
        return type is "text" or "varchar" or "bool" or "boolean";
    }
}
