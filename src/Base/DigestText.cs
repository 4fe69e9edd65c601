namespace Sento.Base;

/// <summary>
/// The text of a statement's digest while it is written: bounded, printable ASCII, one form of letters.
/// </summary>
public struct DigestText(int charsMax)
{
    private const ulong HashBasis = 0xCBF2_9CE4_8422_2325;
    private const ulong HashPrime = 0x0000_0100_0000_01B3;

    private readonly char[] _text = new char[charsMax];
    private int _length;
    private bool _isCut;

    /// <summary>Of all that was put, also behind the bound.</summary>
    public ulong Hash { get; private set; } = HashBasis;

    public readonly bool IsEmpty => _length == 0 && !_isCut;

    /// <summary>What follows can't be told: an ellipsis stands for it.</summary>
    public void Cut() => _isCut = true;

    public void PutAll(scoped ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            Put(value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value);
    }

    public void Put(byte value)
    {
        Hash = (Hash ^ value) * HashPrime;
        if (_length == _text.Length)
            _isCut = true;
        else
            _text[_length++] = value is >= 0x20 and < 0x7F ? (char)value : '?';
    }

    public override readonly string ToString() => new string(_text, 0, _length) + (_isCut ? "…" : "");
}
