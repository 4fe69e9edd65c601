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

    /// <summary>Policies that users and roles share; null: there never was one.</summary>
    public ImmutableArray<ManagedPolicyRecord>? ManagedPolicies { get; init; }

    /// <summary>Seals session tokens; 32 bytes as Base64, null: none was issued yet.</summary>
    public string? SessionKey { get; init; }

    public ProviderRecord? FindProvider(string url) =>
        Providers?.FirstOrDefault(provider => provider.Url == url);

    public ManagedPolicyRecord? FindPolicy(string name) =>
        ManagedPolicies?.FirstOrDefault(policy => policy.Name == name);

    public RoleRecord? FindRole(string name) => Roles.FirstOrDefault(role => role.Name == name);

    public UserRecord? Find(string name) => Users.FirstOrDefault(user => user.Name == name);
}

/// <param name="Id">Never given twice: a user made again under the same name is another.</param>
public sealed record UserRecord(string Name, string Id, DateTimeOffset CreatedDate)
{
    public ImmutableArray<PolicyRecord> Policies { get; init; } = [];

    public ImmutableArray<AccessKeyRecord> Keys { get; init; } = [];

    /// <summary>Names of managed policies; null: there never was one.</summary>
    public ImmutableArray<string>? Attached { get; init; }

    public ImmutableDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string,
        string>.Empty;
}

/// <param name="Trust">Who may assume it, as a policy.</param>
public sealed record RoleRecord(
    string Name, string Id, string Trust, int SessionSecondsMax, DateTimeOffset CreatedDate)
{
    public ImmutableArray<PolicyRecord> Policies { get; init; } = [];

    /// <summary>Names of managed policies; null: there never was one.</summary>
    public ImmutableArray<string>? Attached { get; init; }
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

/// <summary>A policy of its own, that users and roles have by its name.</summary>
/// <param name="Versions">Oldest first; at least one.</param>
/// <param name="DefaultVersion">The one that counts.</param>
/// <param name="VersionsMade">Their ids are not given twice.</param>
public sealed record ManagedPolicyRecord(
    string Name, string Id, string? Description, DateTimeOffset CreatedDate,
    ImmutableArray<PolicyVersionRecord> Versions, string DefaultVersion, int VersionsMade)
{
    public PolicyVersionRecord? FindVersion(string id) =>
        Versions.FirstOrDefault(version => version.Id == id);

    /// <summary>What counts.</summary>
    public string Document => FindVersion(DefaultVersion)!.Document;
}

public sealed record PolicyVersionRecord(string Id, string Document, DateTimeOffset CreatedDate);

public sealed record AccessKeyRecord(
    string Id, string Secret, DateTimeOffset CreatedDate, bool IsActive = true)
{
    public override string ToString() => $"access key {Id}";
}

[JsonSerializable(typeof(IdentityDocument))]
internal sealed partial class IdentityJson : JsonSerializerContext;
