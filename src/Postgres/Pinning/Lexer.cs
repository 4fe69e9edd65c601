namespace Sento.Postgres.Pinning;

/// <summary>
/// Cuts a statement text into tokens as PostgreSQL's own scanner does, as far as the ends of strings,
/// comments and names go. Never throws, each byte is looked at a bounded number of times, and a copy of it
/// looks ahead.
/// </summary>
/// <remarks>PostgreSQL 18, Lexical Structure.</remarks>
internal ref struct Lexer(ReadOnlySpan<byte> text, bool standardConformingStrings)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly bool _backslashEscapes = !standardConformingStrings;
    private int _at;

    public readonly ReadOnlySpan<byte> Text => _text;

    /// <summary>
    /// A string, a quoted name or a comment had no end: what stands in it and after it is not known.
    /// </summary>
    public bool IsBroken { get; private set; }

    /// <summary>
    /// An escaped string had a byte above ASCII, a backslash and a quote in a row. In SJIS, Big5, GBK, UHC,
    /// GB18030 and Johab the backslash may be the second half of a character; then the string ends elsewhere
    /// than we think.
    /// </summary>
    public bool IsAmbiguous { get; private set; }

    public Token Next()
    {
        SkipBlanks();
        if (_at >= _text.Length)
            return new Token(TokenKind.End, _text.Length, _text.Length);
        var first = _text[_at];
        return ByteKinds.Of(first) switch
        {
            ByteKind.Letter => ReadWord(first),
            ByteKind.Digit => ReadDigits(TokenKind.Number, _at),
            ByteKind.Dollar => ReadDollar(),
            _ => first switch
            {
                (byte)'\'' => ReadText(_at, _backslashEscapes ? TokenKind.EscapedText : TokenKind.Text),
                (byte)'"' => ReadQuoted(_at, TokenKind.QuotedName),
                _ => ReadSymbol(first),
            },
        };
    }

    private readonly byte Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : (byte)0;

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            var next = _text[_at];
            if (ByteKinds.IsSpace(next))
                _at++;
            else if (next == '-' && Peek(1) == '-')
                _at = EndOfLine(_at + 2);
            else if (next == '/' && Peek(1) == '*')
                SkipComment();
            else
                return;
        }
    }

    /// <summary>A carriage return ends a line comment just as a line feed does.</summary>
    private readonly int EndOfLine(int from)
    {
        var length = _text[from..].IndexOfAny((byte)'\n', (byte)'\r');
        return length < 0 ? _text.Length : from + length;
    }

    private void SkipComment()
    {
        var depth = 1;
        var at = _at + 2;
        while (depth > 0)
        {
            var step = at < _text.Length ? _text[at..].IndexOfAny((byte)'*', (byte)'/') : -1;
            if (step < 0 || at + step + 1 >= _text.Length)
            {
                Break();
                return;
            }
            at += step;
            var pair = (_text[at], _text[at + 1]);
            at += pair is ((byte)'*', (byte)'/') or ((byte)'/', (byte)'*') ? 2 : 1;
            if (pair is ((byte)'*', (byte)'/'))
                depth--;
            else if (pair is ((byte)'/', (byte)'*'))
                depth++;
        }
        _at = at;
    }

    private Token ReadWord(byte first)
    {
        var start = _at;
        var second = Peek(1);
        if (second == '\'')
        {
            switch (first | 0x20)
            {
                case 'e':
                    return ReadText(start, TokenKind.EscapedText);
                case 'b' or 'x':
                    return ReadText(start, TokenKind.Bits);
            }
        }
        if (second == '&' && (first | 0x20) == 'u')
        {
            if (Peek(2) == '\'')
                return ReadText(start, TokenKind.EscapedText);
            if (Peek(2) == '"')
                return ReadQuoted(start, TokenKind.EscapedName);
        }
        var at = start + 1;
        while (at < _text.Length && ByteKinds.ContinuesWord(_text[at]))
            at++;
        _at = at;
        return new Token(TokenKind.Word, start, at);
    }

    private Token ReadDigits(TokenKind kind, int start)
    {
        var at = _at + 1;
        while (at < _text.Length && char.IsAsciiDigit((char)_text[at]))
            at++;
        _at = at;
        return new Token(kind, start, at);
    }

    private Token ReadSymbol(byte symbol) => new(TokenKind.Symbol, _at, ++_at, symbol);

    private Token ReadText(int start, TokenKind kind)
    {
        // U&'…' names its letters by backslashes but can't hide a quote behind one.
        var escapes = kind == TokenKind.EscapedText && (_text[start] | 0x20) != 'u';
        var at = start + _text[start..].IndexOf((byte)'\'') + 1;
        while (true)
        {
            var rest = at < _text.Length ? _text[at..] : default;
            var step = escapes ? rest.IndexOfAny((byte)'\'', (byte)'\\') : rest.IndexOf((byte)'\'');
            if (step < 0)
                return Break();
            at += step;
            if (_text[at] == '\\')
                at = AfterEscape(at);
            else if (at + 1 < _text.Length && _text[at + 1] == '\'')
                at += 2;
            else if (escapes && ContinuesOnAnotherLine(at + 1, out var continuation))
                at = continuation;
            else
                break;
        }
        _at = at + 1;
        return new Token(kind, start, _at);
    }

    private int AfterEscape(int backslash)
    {
        var isAfterHighByte = backslash > 0 && _text[backslash - 1] >= 0x80;
        var escaped = backslash + 1 < _text.Length ? _text[backslash + 1] : (byte)0;
        IsAmbiguous |= isAfterHighByte && escaped is (byte)'\'' or (byte)'\\';
        return backslash + 2;
    }

    /// <summary>
    /// A string goes on after a line break, and keeps its kind: in <c>E'a' ⏎ 'b\'c'</c> the second part has
    /// escapes. Parts of strings without escapes may as well be read as strings of their own.
    /// </summary>
    private readonly bool ContinuesOnAnotherLine(int from, out int afterQuote)
    {
        var hasLineBreak = false;
        var at = from;
        while (at < _text.Length)
        {
            var next = _text[at];
            if (ByteKinds.IsSpace(next))
            {
                hasLineBreak |= next is (byte)'\n' or (byte)'\r';
                at++;
            }
            else if (next == '-' && at + 1 < _text.Length && _text[at + 1] == '-')
                at = EndOfLine(at + 2);
            else
                break;
        }
        afterQuote = at + 1;
        return hasLineBreak && at < _text.Length && _text[at] == '\'';
    }

    private Token ReadQuoted(int start, TokenKind kind)
    {
        var at = start + _text[start..].IndexOf((byte)'"') + 1;
        while (true)
        {
            var step = at < _text.Length ? _text[at..].IndexOf((byte)'"') : -1;
            if (step < 0)
                return Break();
            at += step + 1;
            if (at >= _text.Length || _text[at] != '"')
                break;
            at++;
        }
        _at = at;
        return new Token(kind, start, at);
    }

    private Token ReadDollar()
    {
        var start = _at;
        if (char.IsAsciiDigit((char)Peek(1)))
            return ReadDigits(TokenKind.Parameter, start);
        var at = start + 1;
        if (at < _text.Length && ByteKinds.Of(_text[at]) == ByteKind.Letter)
        {
            while (at < _text.Length && ByteKinds.Of(_text[at]) >= ByteKind.Letter)
                at++;
        }
        if (at >= _text.Length || _text[at] != '$')
            return ReadSymbol((byte)'$');

        // No tag holds a dollar, so each comparison stops at the next one at the latest: linear on any text.
        var fence = _text[start..(at + 1)];
        at++;
        while (true)
        {
            var step = _text[at..].IndexOf((byte)'$');
            if (step < 0)
                return Break();
            at += step;
            if (_text[at..].StartsWith(fence))
                break;
            at++;
        }
        _at = at + fence.Length;
        return new Token(TokenKind.DollarText, start, _at);
    }

    private Token Break()
    {
        IsBroken = true;
        _at = _text.Length;
        return new Token(TokenKind.End, _at, _at);
    }
}
