namespace Sento.Postgres.Pinning;

internal enum ByteKind : byte
{
    Symbol,
    Space,

    // From here on: what a word that has begun goes on with.
    Dollar,
    Letter,
    Digit,
}

/// <summary>What a byte can be in SQL. PostgreSQL 18, Lexical Structure; the rules of its scanner.</summary>
internal static class ByteKinds
{
    private static readonly ByteKind[] Kinds = CreateKinds();

    /// <summary>Letters, underscore and all bytes above ASCII begin a word.</summary>
    public static ByteKind Of(byte value) => Kinds[value];

    /// <summary>Whether a word that has begun goes on with this byte.</summary>
    public static bool ContinuesWord(byte value) => Kinds[value] >= ByteKind.Dollar;

    public static bool IsSpace(byte value) => Kinds[value] == ByteKind.Space;

    private static ByteKind[] CreateKinds()
    {
        var kinds = new ByteKind[256];
        foreach (var space in " \t\n\r\f\v"u8)
            kinds[space] = ByteKind.Space;
        kinds['$'] = ByteKind.Dollar;
        for (var value = 0; value < 256; value++)
        {
            if (char.IsAsciiDigit((char)value))
                kinds[value] = ByteKind.Digit;
            else if (char.IsAsciiLetter((char)value) || value == '_' || value >= 0x80)
                kinds[value] = ByteKind.Letter;
        }
        return kinds;
    }
}
