using System.Text;

namespace Sento.MySql.Pinning;

internal enum TokenKind { End, Word, QuotedName, Text, Variable, SystemVariable, Symbol, ExecutableComment,
    Broken }

/// <summary>Takes a statement text apart as MySQL and MariaDB do. Total: any bytes, linear time.</summary>
internal ref struct Lexer(ReadOnlySpan<byte> text, ScanMode mode)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;

    public readonly ScanMode Mode => mode;

    public TokenKind Kind { get; private set; }

    /// <summary>A word as it stands; a name without its quotes; what follows @@ or @.</summary>
    public ReadOnlySpan<byte> Word { get; private set; }

    /// <summary>Where the token begins in its text.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends: the byte behind it.</summary>
    public readonly int End => _position;

    /// <summary>Of a symbol.</summary>
    public byte Symbol { get; private set; }

    public readonly bool Is(byte symbol) => Kind == TokenKind.Symbol && Symbol == symbol;

    public readonly bool Is(ReadOnlySpan<byte> upper) => Kind == TokenKind.Word && EqualsUpper(Word, upper);

    public static bool EqualsUpper(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upper)
    {
        if (word.Length != upper.Length)
            return false;
        for (var i = 0; i < word.Length; i++)
        {
            var c = word[i];
            if (c is >= (byte)'a' and <= (byte)'z')
                c -= 32;
            if (c != upper[i])
                return false;
        }
        return true;
    }

    public void Next()
    {
        if (!SkipBlank())
            return;
        var start = Start = _position;
        var c = _text[start];
        switch (c)
        {
            case (byte)'\'':
                Quoted(c, TokenKind.Text, true);
                return;
            case (byte)'"':
                var isName = (mode & ScanMode.AnsiQuotes) != 0;
                Quoted(c, isName ? TokenKind.QuotedName : TokenKind.Text, !isName);
                return;
            case (byte)'`':
                Quoted(c, TokenKind.QuotedName, false);
                return;
            case (byte)'@':
                Variable();
                return;
        }
        if (!IsWordByte(c))
        {
            Kind = TokenKind.Symbol;
            Symbol = c;
            _position++;
            return;
        }
        while (_position < _text.Length && IsWordByte(_text[_position]))
            _position++;
        Kind = TokenKind.Word;
        Word = _text[start.._position];
    }

    private static bool IsWordByte(byte c) =>
        c is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z'
        or >= (byte)'0' and <= (byte)'9' or (byte)'_' or (byte)'$' or >= 0x80;

    /// <returns>False: the token is known already (the end, or a comment that is none).</returns>
    private bool SkipBlank()
    {
        while (_position < _text.Length)
        {
            var c = _text[_position];
            if (c is <= (byte)' ')
            {
                _position++;
            }
            else if (c == (byte)'#' || (c == (byte)'-' && IsLineComment()))
            {
                var end = _text[_position..].IndexOf((byte)'\n');
                _position = end < 0 ? _text.Length : _position + end + 1;
            }
            else if (c == (byte)'/' && _position + 1 < _text.Length && _text[_position + 1] == (byte)'*')
            {
                var inside = _text[(_position + 2)..];
                if ((inside.StartsWith("!"u8) || inside.StartsWith("M!"u8)) && !IsEngineAtTheEnd(inside))
                    return Stop(TokenKind.ExecutableComment);
                var end = inside.IndexOf("*/"u8);
                if (end < 0)
                    return Stop(TokenKind.Broken);
                _position += end + 4;
            }
            else
            {
                return true;
            }
        }
        return Stop(TokenKind.End);
    }

    /// <summary>
    /// The way in which many programs name a table's engine: <c>… /*! ENGINE = innodb */</c>. Whether it is
    /// taken for SQL or for a comment, and behind whatever, no session changes by it.
    /// </summary>
    /// <param name="inside">From behind the comment's first two characters to the text's end.</param>
    private static bool IsEngineAtTheEnd(ReadOnlySpan<byte> inside)
    {
        var end = inside.IndexOf("*/"u8);
        if (end < 0 || !inside[(end + 2)..].Trim(" \t\r\n;"u8).IsEmpty)
            return false;
        var words = inside[(inside.IndexOf((byte)'!') + 1)..end].TrimStart("0123456789"u8).Trim(" \t\r\n"u8);
        if (words.Length <= 6 || !Ascii.EqualsIgnoreCase(words[..6], "ENGINE"u8) || IsWordByte(words[6]))
            return false;
        var name = words[6..].TrimStart(" \t\r\n"u8);
        if (name.StartsWith("="u8))
            name = name[1..].TrimStart(" \t\r\n"u8);
        foreach (var c in name)
        {
            if (!IsWordByte(c) || c >= 0x80)
                return false;
        }
        return !name.IsEmpty;
    }

    private bool Stop(TokenKind kind)
    {
        _position = _text.Length;
        Kind = kind;
        return false;
    }

    private readonly bool IsLineComment() => _position + 1 < _text.Length && _text[_position + 1] == (byte)'-'
        && (_position + 2 == _text.Length || _text[_position + 2] <= (byte)' ');

    private void Quoted(byte quote, TokenKind kind, bool hasEscapes)
    {
        hasEscapes &= (mode & ScanMode.NoBackslashEscapes) == 0;
        var start = ++_position;
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            if (c == (byte)'\\' && hasEscapes)
            {
                _position++;
            }
            else if (c == quote)
            {
                if (_position < _text.Length && _text[_position] == quote)
                {
                    _position++;
                    continue;
                }
                Word = _text[start..(_position - 1)];
                Kind = kind;
                return;
            }
        }
        Stop(TokenKind.Broken);
    }

    private void Variable()
    {
        var isSystem = _position + 1 < _text.Length && _text[_position + 1] == (byte)'@';
        _position += isSystem ? 2 : 1;
        var start = _position;
        // @`a name`, @'a name'.
        if (!isSystem && start < _text.Length && _text[start] is (byte)'`' or (byte)'\'' or (byte)'"')
        {
            Quoted(_text[start], TokenKind.Variable, _text[start] != (byte)'`');
            return;
        }
        while (_position < _text.Length && (IsWordByte(_text[_position]) || _text[_position] == (byte)'.'))
            _position++;
        Word = _text[start.._position];
        Kind = isSystem ? TokenKind.SystemVariable : TokenKind.Variable;
    }
}
