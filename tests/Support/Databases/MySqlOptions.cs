namespace Sento.Tests.Support.Databases;

public enum MySqlKind
{
    /// <summary>What the machine's Debian brings: 10.11 on Debian 12.</summary>
    MariaDb,

    /// <summary>MySQL 9.7.</summary>
    MySql,

    /// <summary>Of Debian's newest suite, 11.8 or later, for what older ones have not.</summary>
    NewMariaDb,
}

/// <summary>What a throwaway MariaDB or MySQL server should be like.</summary>
public sealed record MySqlOptions
{
    public MySqlKind Kind { get; init; } = MySqlKind.MariaDb;

    public int ConnectionsMax { get; init; } = 100;

    /// <summary>Certificate of the server; null: none, though MySQL makes one for itself.</summary>
    public TestCertificate? Certificate { get; init; }

    /// <summary>As on a command line, without the dashes; an empty value: the name alone.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Statements that run once at the first start with all rights, one a line.</summary>
    public string SetupSql { get; init; } = "";
}
