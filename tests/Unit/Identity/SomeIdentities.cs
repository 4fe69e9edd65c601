using Sento.Base;
using Sento.Identity.Policies;
using Sento.Identity.Principals;

namespace Sento.Tests.Unit.Identities;

/// <summary>Made-up users, keys and roles of account 123456789012.</summary>
internal static class SomeIdentities
{
    public const string Account = "123456789012";

    public static PolicyDocument Policy(string json, PolicyUse use = PolicyUse.Identity) =>
        PolicyDocument.Parse(json, use) is { Document: { } document } reading
            ? document
            : throw new ArgumentException(
                string.Join('\n', PolicyDocument.Parse(json, use).Faults), nameof(json));

    public static Principal User(string name, params string[] policies) => new()
    {
        Kind = PrincipalKind.User,
        Account = Account,
        Arn = $"arn:aws:iam::{Account}:user/{name}",
        UniqueId = "AIDA" + name.ToUpperInvariant(),
        UserName = name,
        Policies = [.. policies.Select((json, i) => new AttachedPolicy($"policy{i}", Policy(json)))],
    };

    public static AccessKey Key(string id, string secret, Principal? owner = null, bool isActive = true) =>
        new(id, SecretBytes.FromText(secret), isActive, owner ?? User("app"));

    public static Role Role(string name, params string[] policies) => new()
    {
        Account = Account,
        Arn = $"arn:aws:iam::{Account}:role/{name}",
        UniqueId = "AROA" + name.ToUpperInvariant(),
        Name = name,
        Policies = [.. policies.Select((json, i) => new AttachedPolicy($"policy{i}", Policy(json)))],
    };

    public static CredentialResolver Resolver(params AccessKey[] keys) =>
        new(new MemoryIdentities(keys), SessionTokens.OfThisProcess());
}
