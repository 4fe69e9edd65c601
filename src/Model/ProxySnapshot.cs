using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>The whole configuration: immutable, validated, published as one object.</summary>
/// <param name="Revision">Counts publications; loops compare it to know whether to look.</param>
public sealed record ProxySnapshot(long Revision, ImmutableArray<ProxyConfig> Proxies, AdminConfig Admin)
{
    public static readonly ProxySnapshot Empty = new(0, [], new AdminConfig());

    public VaultConfig Vault { get; init; } = new();

    public IdentitiesConfig Identities { get; init; } = new();
}

/// <summary>Sento's own: the administration listener and the log.</summary>
public sealed record AdminConfig
{
    /// <summary>Address of /metrics and /health, for example 127.0.0.1:8080; null: none.</summary>
    public string? Listen { get; init; }

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}

public enum LogFormat { Text, Json }
