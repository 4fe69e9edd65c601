using Sento.Base;

namespace Sento.Postgres.Pinning;

/// <summary>
/// Writes tokens in one form of spacing and letters, with placeholders for values, and hashes them.
/// </summary>
internal ref struct DigestWriter(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private DigestText _digest = new(StatementFingerprint.DigestCharsMax);
    private Token _previous;
    private int _valueCount;
    private int _numberEnd;
    private bool _isFirst = true;
    private bool _isSet;
    private bool _assigns;
    private bool _isSecret;

    public void Add(Token token)
    {
        if (ContinuesNumber(token))
        {
            _numberEnd = token.End;
            return;
        }
        var word = token.Kind == TokenKind.Word ? Words.Of(token.Of(_text)) : Word.None;
        if (token.Is(';'))
            _isFirst = true;
        else
            Follow(word, token);
        if (NeedsSpace(token))
            _digest.Put((byte)' ');
        if (token.Kind == TokenKind.Number)
            _numberEnd = token.End;
        if (IsValue(token))
            PutPlaceholder();
        else
            _digest.PutAll(token.Of(_text));
        _assigns |= _isSet && (token.Is('=') || word is Word.To or Word.Zone or Word.Names or Word.Role
            or Word.Authorization or Word.Schema or Word.Option);
        _isSecret |= token.Kind == TokenKind.Word && token.Of(_text).Length == 8
            && NameText.Contains(token.Of(_text), "password"u8);
        _previous = token;
    }

    public readonly StatementFingerprint Finish() => new(_digest.ToString(), _digest.Hash);

    /// <summary>Where the text can't be read any further.</summary>
    public StatementFingerprint FinishCut()
    {
        if (!_digest.IsEmpty)
            _digest.Put((byte)' ');
        PutPlaceholder();
        _digest.Cut();
        return Finish();
    }

    private void Follow(Word word, Token token)
    {
        if (!_isFirst)
            return;
        _isFirst = token.Is('(');
        _isSet = word == Word.Set;
        _assigns = _isSecret = false;
    }

    private readonly bool IsValue(Token token) => token.Kind switch
    {
        TokenKind.Text or TokenKind.EscapedText or TokenKind.DollarText or TokenKind.Bits => true,
        TokenKind.Number or TokenKind.Parameter or TokenKind.EscapedName => true,
        TokenKind.Word or TokenKind.QuotedName => _assigns || _isSecret,
        _ => false,
    };

    /// <summary>The fraction and the exponent of 1.5e3, the digits of 0xFF.</summary>
    private readonly bool ContinuesNumber(Token token) =>
        _numberEnd > 0 && _numberEnd == token.Start
        && (token.Kind is TokenKind.Number or TokenKind.Word || token.Is('.'));

    private readonly bool NeedsSpace(Token token)
    {
        if (_digest.IsEmpty)
            return false;
        if (token.Is(',') || token.Is(')') || token.Is(']') || token.Is('.') || token.Is(';'))
            return false;
        if (_previous.Is('(') || _previous.Is('[') || _previous.Is('.') || _previous.Is(','))
            return false;
        if (token.Is('(') || token.Is('['))
            return _previous.Symbol != 0 && !_previous.Is(')') || IsSpaced(_previous);
        var bothSymbols = token.Symbol != 0 && _previous.Symbol != 0;
        bothSymbols &= !_previous.Is(')') && !_previous.Is(']');
        return !(bothSymbols && _previous.End == token.Start) && !token.Is(':') && !_previous.Is(':');
    }

    /// <summary>
    /// A value before a parenthesis is spaced, a name is not: <c>count(*)</c>, <c>in($1)</c>.
    /// </summary>
    private static bool IsSpaced(Token token) => token.Symbol == 0 && !token.IsName;

    private void PutPlaceholder()
    {
        _valueCount++;
        _digest.Put((byte)'$');
        Span<byte> digits = stackalloc byte[10];
        _valueCount.TryFormat(digits, out var count);
        _digest.PutAll(digits[..count]);
    }
}
