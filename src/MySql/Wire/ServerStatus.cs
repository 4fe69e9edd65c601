namespace Sento.MySql.Wire;

/// <summary>Of the session, in each OK and EOF. MySQL Internals, Status Flags.</summary>
[Flags]
internal enum ServerStatus : ushort
{
    None = 0,
    InTransaction = 0x0001,
    Autocommit = 0x0002,
    MoreResults = 0x0008,
    CursorExists = 0x0040,
    LastRowSent = 0x0080,
    NoBackslashEscapes = 0x0200,
    MetadataChanged = 0x0400,
    OutParameters = 0x1000,
    InReadOnlyTransaction = 0x2000,
    SessionStateChanged = 0x4000,

    /// <summary>MariaDB's own.</summary>
    AnsiQuotes = 0x8000,

    /// <summary>What says how the session stands; the rest speaks of the last statement alone.</summary>
    Lasting = InTransaction | Autocommit | NoBackslashEscapes | InReadOnlyTransaction | AnsiQuotes,
}
