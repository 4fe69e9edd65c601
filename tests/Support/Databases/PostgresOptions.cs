namespace Sento.Tests.Support.Databases;

/// <summary>What a throwaway PostgreSQL server should be like.</summary>
public sealed record PostgresOptions
{
    public PostgresVersion Version { get; init; } = PostgresVersion.V18;

    public int ConnectionsMax { get; init; } = 100;

    /// <summary>Certificate of the server; null: no TLS.</summary>
    public TestCertificate? Certificate { get; init; }

    /// <summary>Authority whose client certificates are accepted; null: none.</summary>
    public TestCertificate? ClientAuthority { get; init; }

    /// <summary>
    /// How passwords are kept and asked for over TCP: <c>scram-sha-256</c>, <c>md5</c>, <c>password</c>.
    /// </summary>
    public string PasswordMethod { get; init; } = "scram-sha-256";

    /// <summary>Lines of pg_hba.conf that come before the usual ones.</summary>
    public IReadOnlyList<string> AccessRules { get; init; } = [];

    /// <summary>Settings as in postgresql.conf.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Run once in the database <c>app</c> as the superuser.</summary>
    public string SetupSql { get; init; } = "";
}
