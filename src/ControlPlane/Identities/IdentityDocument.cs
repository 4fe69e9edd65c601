using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sento.ControlPlane.Identities;

/// <summary>Users, their policies and keys, as they are kept, sealed, in the vault.</summary>
public sealed record IdentityDocument
{
    public ImmutableArray<UserRecord> Users { get; init; } = [];

    public ImmutableArray<RoleRecord> Roles { get; init; } = [];

    /// <summary>OpenID Connect providers; null: there never was one.</summary>
    public ImmutableArray<ProviderRecord>? Providers { get; init; }

    /// <summary>Seals session tokens; 32 bytes as Base64, null: none was issued yet.</summary>
    public string? SessionKey { get; init; }

    public ProviderRecord? FindProvider(string url) =>
        Providers?.FirstOrDefault(provider => provider.Url == url);

    public RoleRecord? FindRole(string name) => Roles.FirstOrDefault(role => role.Name == name);

    public UserRecord? Find(string name) => Users.FirstOrDefault(user => user.Name == name);
}

/// <param name="Id">Never given twice: a user made again under the same name is another.</param>
public sealed record UserRecord(string Name, string Id, DateTimeOffset CreatedDate)
{
    public ImmutableArray<PolicyRecord> Policies { get; init; } = [];

    public ImmutableArray<AccessKeyRecord> Keys { get; init; } = [];

    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string,
        string>.Empty;
}

/// <param name="Trust">Who may assume it, as a policy.</param>
public sealed record RoleRecord(
    string Name, string Id, string Trust, int SessionSecondsMax, DateTimeOffset CreatedDate)
{
    public ImmutableArray<PolicyRecord> Policies { get; init; } = [];
}

/// <summary>An issuer of web identity tokens that roles may trust.</summary>
/// <param name="Url">As its tokens say it.</param>
public sealed record ProviderRecord(string Url, DateTimeOffset CreatedDate)
{
    /// <summary>Whom its tokens must be made for.</summary>
    public ImmutableArray<string> ClientIds { get; init; } = [];

    /// <summary>Kept and shown; its certificate is checked by the system's authorities.</summary>
    public ImmutableArray<string> Thumbprints { get; init; } = [];
}

public sealed record PolicyRecord(string Name, string Document);

public sealed record AccessKeyRecord(
    string Id, string Secret, DateTimeOffset CreatedDate, bool IsActive = true)
{
    public override string ToString() => $"access key {Id}";
}

[JsonSerializable(typeof(IdentityDocument))]
internal sealed partial class IdentityJson : JsonSerializerContext;
