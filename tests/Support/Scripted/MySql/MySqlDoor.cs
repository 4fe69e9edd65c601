namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>How a scripted MySQL client signs in: where, as whom, and what it agrees to.</summary>
/// <param name="Server">Address, user, password, database, TLS; the parameters of PostgreSQL mean
/// nothing.</param>
public sealed record MySqlDoor(ServerDoor Server)
{
    /// <summary>What the client asks for, where the server offers it.</summary>
    public MySqlFlags Flags { get; init; } = MySqlFlags.Usual;

    /// <summary>MariaDB's own capabilities, by bit.</summary>
    public uint MariaDbFlags { get; init; }

    /// <summary>utf8mb4_general_ci.</summary>
    public int Charset { get; init; } = 45;

    /// <summary>
    /// The way of proving the password that the client begins with; null: the server's own.
    /// </summary>
    public string? Plugin { get; init; }

    /// <summary>Pairs of name and value that the client says of itself.</summary>
    public (string Name, string Value)[] Attributes { get; init; } = [];

    public string User => Server.User;

    public string Password => Server.Password;

    public string Database => Server.Database;

    public MySqlDoor As(string user, string password) =>
        this with { Server = Server with { User = user, Password = password } };

    public MySqlDoor To(string database) => this with { Server = Server with { Database = database } };

    public MySqlDoor With(MySqlFlags more) => this with { Flags = Flags | more };

    public MySqlDoor Without(MySqlFlags fewer) => this with { Flags = Flags & ~fewer };

    public MySqlDoor WithTls() => this with { Server = Server with { Tls = TlsUse.Requested } };
}

/// <summary>What client and server agree on. MySQL Internals, Capabilities Flags.</summary>
/// <remarks>Written anew, not the proxy's own: a wrong bit there must not agree with itself.</remarks>
[Flags]
public enum MySqlFlags : uint
{
    None = 0,
    LongPassword = 1u << 0,
    FoundRows = 1u << 1,
    LongFlag = 1u << 2,
    ConnectWithDb = 1u << 3,
    Compress = 1u << 5,
    LocalFiles = 1u << 7,
    IgnoreSpace = 1u << 8,
    Protocol41 = 1u << 9,
    Interactive = 1u << 10,
    Ssl = 1u << 11,
    Transactions = 1u << 13,
    SecureConnection = 1u << 15,
    MultiStatements = 1u << 16,
    MultiResults = 1u << 17,
    PsMultiResults = 1u << 18,
    PluginAuth = 1u << 19,
    ConnectAttributes = 1u << 20,
    PluginAuthLenenc = 1u << 21,
    SessionTrack = 1u << 23,
    DeprecateEof = 1u << 24,
    OptionalMetadata = 1u << 25,
    ZstdCompress = 1u << 26,
    QueryAttributes = 1u << 27,

    /// <summary>As the drivers of today.</summary>
    Usual = LongPassword | LongFlag | Protocol41 | Transactions | SecureConnection | MultiStatements
        | MultiResults
        | PsMultiResults | PluginAuth | PluginAuthLenenc | SessionTrack | DeprecateEof,
}
