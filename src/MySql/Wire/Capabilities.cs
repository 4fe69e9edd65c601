namespace Sento.MySql.Wire;

/// <summary>What client and server agree on at sign-in. MySQL Internals, Capabilities Flags.</summary>
[Flags]
internal enum Capabilities : uint
{
    None = 0,

    /// <summary>
    /// MySQL always says it; a server or client of MariaDB that has extended ones does not.
    /// </summary>
    LongPassword = 1u << 0,
    FoundRows = 1u << 1,
    LongFlag = 1u << 2,
    ConnectWithDb = 1u << 3,
    NoSchema = 1u << 4,
    Compress = 1u << 5,
    Odbc = 1u << 6,
    LocalFiles = 1u << 7,
    IgnoreSpace = 1u << 8,
    Protocol41 = 1u << 9,
    Interactive = 1u << 10,
    Ssl = 1u << 11,
    IgnoreSigpipe = 1u << 12,
    Transactions = 1u << 13,
    Reserved = 1u << 14,
    SecureConnection = 1u << 15,
    MultiStatements = 1u << 16,
    MultiResults = 1u << 17,
    PsMultiResults = 1u << 18,
    PluginAuth = 1u << 19,
    ConnectAttributes = 1u << 20,
    PluginAuthLenenc = 1u << 21,
    CanHandleExpiredPasswords = 1u << 22,
    SessionTrack = 1u << 23,
    DeprecateEof = 1u << 24,
    OptionalMetadata = 1u << 25,
    ZstdCompress = 1u << 26,
    QueryAttributes = 1u << 27,
    MultiFactor = 1u << 28,
}

/// <summary>MariaDB's own, in what MySQL leaves empty. MariaDB, Connection, Capabilities.</summary>
[Flags]
internal enum MariaDbCapabilities : uint
{
    None = 0,
    Progress = 1u << 0,
    BulkOperations = 1u << 2,
    ExtendedMetadata = 1u << 3,
    CacheMetadata = 1u << 4,
    BulkUnitResults = 1u << 5,
}

/// <summary>Which capabilities go where.</summary>
internal static class CapabilitySets
{
    /// <summary>A server must have these: without them its state can't be followed.</summary>
    public const Capabilities Needed = Capabilities.Protocol41 | Capabilities.SecureConnection
        | Capabilities.PluginAuth | Capabilities.SessionTrack | Capabilities.DeprecateEof;

    /// <summary>What a client chooses at sign-in and can't change later: part of the pool's key.</summary>
    public const Capabilities Fixed = Capabilities.FoundRows | Capabilities.NoSchema | Capabilities.Odbc
        | Capabilities.LocalFiles | Capabilities.IgnoreSpace | Capabilities.Interactive
        | Capabilities.MultiResults | Capabilities.PsMultiResults | Capabilities.QueryAttributes;

    public const MariaDbCapabilities FixedOfMariaDb = MariaDbCapabilities.ExtendedMetadata;

    /// <summary>What we say to every server that has it.</summary>
    public const Capabilities Always = Needed | Capabilities.LongPassword | Capabilities.LongFlag
        | Capabilities.Transactions | Capabilities.MultiStatements | Capabilities.ConnectAttributes
        | Capabilities.PluginAuthLenenc;

    public const MariaDbCapabilities AlwaysOfMariaDb = MariaDbCapabilities.BulkOperations;

    /// <summary>What a client is offered, where its server has it.</summary>
    public const Capabilities Offered = Always | Fixed | Capabilities.ConnectWithDb
        | Capabilities.IgnoreSigpipe | Capabilities.Reserved | Capabilities.Compress
        | Capabilities.ZstdCompress;

    public const MariaDbCapabilities OfferedOfMariaDb = AlwaysOfMariaDb | FixedOfMariaDb;
}
