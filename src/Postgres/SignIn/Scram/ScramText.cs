namespace Sento.Postgres.SignIn.Scram;

/// <summary>Reads a SCRAM message: attributes "x=value" between commas. RFC 5802, Formal Syntax.</summary>
/// <remarks>
/// Total: a failed read sets <see cref="Error"/>, in PostgreSQL's words, and returns false.
/// </remarks>
internal ref struct ScramText(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public SignInError? Error { get; private set; }

    /// <summary>Place of the next byte; beyond the end when the last attribute is read.</summary>
    public readonly int At => _at;

    public readonly bool AtEnd => _at >= _text.Length;

    /// <summary>The end without a comma before it.</summary>
    public readonly bool AtExactEnd => _at == _text.Length + 1;

    /// <summary>The next byte; 0 at the end, which no message holds.</summary>
    public readonly byte Peek => AtEnd ? (byte)0 : _text[_at];

    public void Skip() => _at++;

    /// <summary>A zero byte would make C programs see a shorter message than we do.</summary>
    public bool TryOpen()
    {
        if (_text.IsEmpty)
            return Malformed("The message is empty.");
        return !_text.Contains((byte)0) || Malformed("Message length does not match input length.");
    }

    public bool TryComma()
    {
        if (Peek != (byte)',')
            return Malformed($"Comma expected, but found character \"{Shown(Peek)}\".");
        Skip();
        return true;
    }

    /// <summary>The attribute that must come next.</summary>
    public bool TryRead(char name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (Peek != (byte)name)
            return Malformed($"Expected attribute \"{name}\" but found \"{Shown(Peek)}\".");
        return TryValue(name, out value);
    }

    /// <summary>Whichever attribute comes next.</summary>
    public bool TryReadAny(out char name, out ReadOnlySpan<byte> value)
    {
        name = (char)Peek;
        value = default;
        if (AtEnd)
            return Malformed("Attribute expected, but found end of string.");
        if (!char.IsAsciiLetter(name))
            return Malformed($"Attribute expected, but found invalid character \"{Shown(Peek)}\".");
        return TryValue(name, out value);
    }

    public bool Malformed(string detail)
    {
        Error = SignInError.Protocol("malformed SCRAM message", detail);
        return false;
    }

    public static bool IsPrintable(ReadOnlySpan<byte> nonce) =>
        !nonce.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) && !nonce.Contains((byte)',');

    public static string Shown(byte letter) =>
        letter is >= 0x21 and <= 0x7e ? ((char)letter).ToString() : $"0x{letter:x2}";

    private bool TryValue(char name, out ReadOnlySpan<byte> value)
    {
        value = default;
        Skip();
        if (Peek != (byte)'=')
            return Malformed($"Expected character \"=\" for attribute \"{name}\".");
        Skip();
        var rest = _text[Math.Min(_at, _text.Length)..];
        var comma = rest.IndexOf((byte)',');
        value = comma < 0 ? rest : rest[..comma];
        _at += value.Length + 1;
        return true;
    }
}
