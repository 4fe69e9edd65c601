namespace Sento.Postgres.Pinning;

internal enum TokenKind : byte
{
    /// <summary>The text is over, or nothing after this place can be read.</summary>
    End,

    /// <summary>A key word or a name without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    QuotedName,

    /// <summary>U&amp;"…": a name whose letters may be escaped.</summary>
    EscapedName,

    /// <summary>A string constant in which a backslash means itself.</summary>
    Text,

    /// <summary>
    /// A string constant in which a backslash may escape: E'…', U&amp;'…', or by setting any '…'.
    /// </summary>
    EscapedText,

    /// <summary>$tag$…$tag$.</summary>
    DollarText,

    /// <summary>B'…', X'…'.</summary>
    Bits,

    /// <summary>Digits. What follows them (a point, an exponent) is a token of its own.</summary>
    Number,

    /// <summary>$1.</summary>
    Parameter,

    /// <summary>Any other byte.</summary>
    Symbol,
}

/// <summary>One token of a statement text.</summary>
/// <param name="Symbol">The byte of a symbol, else zero.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int End, byte Symbol = 0)
{
    public bool Is(char symbol) => Symbol == symbol;

    public bool IsName => Kind is TokenKind.Word or TokenKind.QuotedName;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text[Start..End];
}
