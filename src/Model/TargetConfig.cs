namespace Sento.Model;

/// <summary>One database server.</summary>
public sealed record TargetConfig
{
    /// <summary>Host name, address, or the folder of a Unix socket.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Database that a client gets which names none; null: its user name, as directly.</summary>
    public string? DefaultDatabase { get; init; }

    public TargetTls Tls { get; init; } = TargetTls.Prefer;

    /// <summary>PEM file of trusted authorities for verify-ca and verify-full; null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    public CertificateConfig? ClientCertificate { get; init; }

    /// <summary>RDS's, for tokens; null: the one in its host's name, else the environment's.</summary>
    public string? Region { get; init; }
}

/// <summary>As libpq's sslmode.</summary>
public enum TargetTls { Disable, Allow, Prefer, Require, VerifyCa, VerifyFull }
