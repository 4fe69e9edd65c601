using Sento.Base;

namespace Sento.MySql.Pinning;

/// <summary>Writes tokens in one form of spacing and letters, with placeholders for values.</summary>
internal ref struct DigestWriter(ReadOnlySpan<byte> text)
{
    private const byte Placeholder = (byte)'?';

    private readonly ReadOnlySpan<byte> _text = text;
    private DigestText _digest = new(StatementFingerprint.DigestCharsMax);
    private TokenKind _previous;
    private byte _previousSymbol;
    private int _previousEnd;
    private bool _previousIsValue;
    private int _numberEnd = -1;
    private int _depth;
    private bool _isFirst = true;
    private bool _isSet;
    private bool _assigns;

    public void Add(in Lexer token)
    {
        if (ContinuesNumber(token))
        {
            _numberEnd = token.End;
            return;
        }
        Follow(token);
        var isValue = IsValue(token);
        if (NeedsSpace(token))
            _digest.Put((byte)' ');
        if (isValue)
            _digest.Put(Placeholder);
        else
            _digest.PutAll(_text[token.Start..token.End]);
        _numberEnd = IsNumber(token) ? token.End : -1;
        _assigns |= _isSet && (token.Is((byte)'=') || IsNameOfValue(token));
        (_previous, _previousSymbol) = (token.Kind, SymbolOf(token));
        (_previousEnd, _previousIsValue) = (token.End, isValue);
    }

    public readonly string Finish() => _digest.ToString();

    /// <summary>Where the text can't be read any further.</summary>
    public string FinishCut()
    {
        if (!_digest.IsEmpty)
            _digest.Put((byte)' ');
        _digest.Put(Placeholder);
        _digest.Cut();
        return Finish();
    }

    /// <summary>Where a statement begins, and which assignments of a SET are over.</summary>
    private void Follow(in Lexer token)
    {
        if (token.Is((byte)'('))
            _depth++;
        else if (token.Is((byte)')'))
            _depth--;
        if (token.Is((byte)';') || (token.Is((byte)',') && _depth == 0))
            _assigns = false;
        if (token.Is((byte)';'))
        {
            _isFirst = true;
            _depth = 0;
        }
        else if (_isFirst)
        {
            _isFirst = token.Is((byte)'(');
            _isSet = token.Is("SET"u8);
        }
    }

    /// <summary>SET NAMES latin1, SET ROLE x: a value without a sign before it.</summary>
    private static bool IsNameOfValue(in Lexer token) =>
        token.Is("NAMES"u8) || token.Is("ROLE"u8) || token.Is("CHARSET"u8) || token.Is("AUTHORIZATION"u8)
        || token.Is("PASSWORD"u8);

    private readonly bool IsValue(in Lexer token) => token.Kind switch
    {
        TokenKind.Text => true,
        TokenKind.Word => _assigns || IsNumber(token),
        TokenKind.QuotedName => _assigns || _text[token.Start] == (byte)'"',
        TokenKind.Variable => _text[token.Start..token.End].IndexOfAny("'\"`"u8) >= 0,
        _ => false,
    };

    private static bool IsNumber(in Lexer token) =>
        token.Kind == TokenKind.Word && token.Word[0] is >= (byte)'0' and <= (byte)'9';

    /// <summary>The fraction of 1.5.</summary>
    private readonly bool ContinuesNumber(in Lexer token) =>
        _numberEnd == token.Start && (token.Kind == TokenKind.Word || token.Is((byte)'.'));

    private readonly bool NeedsSpace(in Lexer token)
    {
        if (_digest.IsEmpty)
            return false;
        if (SymbolOf(token) is (byte)',' or (byte)')' or (byte)'.' or (byte)';')
            return false;
        if (_previousSymbol is (byte)'(' or (byte)'.' or (byte)',')
            return false;
        if (token.Is((byte)'('))
            return _previousSymbol is not (0 or (byte)')') || _previousIsValue;
        var bothSymbols = token.Kind == TokenKind.Symbol && _previous == TokenKind.Symbol;
        return !(bothSymbols && _previousEnd == token.Start && _previousSymbol != (byte)')');
    }

    private static byte SymbolOf(in Lexer token) => token.Kind == TokenKind.Symbol ? token.Symbol : (byte)0;
}
