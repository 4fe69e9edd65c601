namespace Sento.MySql.Pinning;

/// <summary>How the server that gets a text will read it.</summary>
[Flags]
public enum ScanMode
{
    None = 0,

    /// <summary>A backslash in a string means itself (sql_mode NO_BACKSLASH_ESCAPES).</summary>
    NoBackslashEscapes = 1,

    /// <summary>Double quotes hold a name (sql_mode ANSI_QUOTES).</summary>
    AnsiQuotes = 2,

    /// <summary>
    /// The second byte of a character may look like a quote or a backslash (big5, cp932, gbk, gb18030, sjis).
    /// </summary>
    AmbiguousBytes = 4,
}
