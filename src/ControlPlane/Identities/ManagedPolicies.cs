using System.Collections.Immutable;
using Sento.Base;
using Sento.Identity.Policies;

namespace Sento.ControlPlane.Identities;

/// <summary>
/// Policies of their own, with versions, that users and roles have by name. IAM's rules: what somebody has
/// can't be deleted, and the version that counts neither. Any thread.
/// </summary>
public sealed class ManagedPolicies(IdentityStore store)
{
    public const int VersionsMax = 5;

    private const int PoliciesMax = 1500;
    private const int AttachedMax = 20;
    private const int NameCharactersMax = 128;
    private const int DescriptionCharactersMax = 1000;

    /// <summary>By name or ARN.</summary>
    /// <exception cref="IdentityFault">There is none.</exception>
    public ManagedPolicyRecord Get(string policy) => Known(store.Document, policy);

    public void Create(string name, string document, string? description, DateTimeOffset now)
    {
        if (!IdentityNames.IsName(name, NameCharactersMax))
            throw new IdentityFault($"\"{name}\" is no policy name; allowed: 1 to {NameCharactersMax} of "
                + IdentityNames.Letters);
        if (description?.Length > DescriptionCharactersMax)
            throw new IdentityFault($"a description has {DescriptionCharactersMax} characters at most");
        Check(document);
        store.ChangeBy("CreatePolicy", store.PolicyArn(name), before =>
        {
            var policies = before.ManagedPolicies ?? [];
            if (before.FindPolicy(name) is not null)
                throw new IdentityFault(
                    $"A policy called {name} already exists. Duplicate names are not allowed.",
                    "EntityAlreadyExists");
            if (policies.Length >= PoliciesMax)
                throw new IdentityFault(
                    $"there are {PoliciesMax} policies, which is the most", "LimitExceeded");
            return before with
            {
                ManagedPolicies = policies.Add(new ManagedPolicyRecord(
                    name, IdentityIds.New("ANPA"), description, now,
                    [new PolicyVersionRecord("v1", document, now)], "v1", 1)),
            };
        });
    }

    public void Delete(string policy)
    {
        Change("DeletePolicy", policy, (document, known) =>
        {
            if (HoldersOf(document, known.Name).Any())
                throw Conflict("Cannot delete a policy attached to entities.");
            if (known.Versions.Length > 1)
                throw Conflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the "
                    + "policy's versions. The default version is deleted with the policy.");
            return document with { ManagedPolicies = document.ManagedPolicies!.Value.Remove(known) };
        });
    }

    /// <returns>The new version's id.</returns>
    public string AddVersion(string policy, string text, bool isDefault, DateTimeOffset now)
    {
        Check(text);
        var id = "";
        ChangeOne("CreatePolicyVersion", policy, known =>
        {
            if (known.Versions.Length >= VersionsMax)
                throw new IdentityFault(
                    $"A managed policy can have up to {VersionsMax} versions. Before you create a new "
                    + "version, you must delete an existing version.", "LimitExceeded");
            var number = known.VersionsMade + 1;
            id = $"v{number}";
            return known with
            {
                Versions = known.Versions.Add(new PolicyVersionRecord(id, text, now)),
                DefaultVersion = isDefault ? id : known.DefaultVersion,
                VersionsMade = number,
            };
        });
        return id;
    }

    public void RemoveVersion(string policy, string id) => ChangeOne("DeletePolicyVersion", policy, known =>
    {
        var version = Version(known, id);
        return id == known.DefaultVersion
            ? throw Conflict("Cannot delete the default version of a policy.")
            : known with { Versions = known.Versions.Remove(version) };
    });

    public void SetDefault(string policy, string id) => ChangeOne(
        "SetDefaultPolicyVersion", policy, known => known with { DefaultVersion = Version(known, id).Id });

    /// <summary>Once more changes nothing.</summary>
    public void Attach(string policy, PolicyHolder holder) => ChangeHolder(
        "Attach", policy, holder, (name, had) =>
    {
        if (had.Length >= AttachedMax && !had.Contains(name))
            throw new IdentityFault(
                $"Cannot exceed quota for PoliciesPer{holder.Kind}: {AttachedMax}", "LimitExceeded");
        return had.Remove(name).Add(name);
    });

    public void Detach(string policy, PolicyHolder holder) => ChangeHolder(
        "Detach", policy, holder, (name, had) =>
        had.Contains(name)
            ? had.Remove(name)
            : throw new IdentityFault($"Policy {store.PolicyArn(name)} was not found.", "NoSuchEntity"));

    /// <summary>Who has it.</summary>
    public static IEnumerable<PolicyHolder> HoldersOf(IdentityDocument document, string name) =>
        document.Users.Where(user => user.Attached?.Contains(name) == true)
            .Select(user => new PolicyHolder(PolicyHolderKind.User, user.Name))
            .Concat(document.Roles.Where(role => role.Attached?.Contains(name) == true)
                .Select(role => new PolicyHolder(PolicyHolderKind.Role, role.Name)));

    public static PolicyVersionRecord Version(ManagedPolicyRecord policy, string id) => policy.FindVersion(id)
        ?? throw new IdentityFault($"Policy {policy.Name} version {id} was not found.", "NoSuchEntity");

    private void ChangeHolder(
        string verb, string policy, PolicyHolder holder,
        Func<string, ImmutableArray<string>, ImmutableArray<string>> change) => store.ChangeBy(
            $"{verb}{holder.Kind}Policy", $"{ArnOf(holder)} {policy}", document =>
    {
        var name = Known(document, policy).Name;
        if (holder.Kind == PolicyHolderKind.Role)
        {
            var role = document.FindRole(holder.Name) ?? throw NoHolder(holder);
            return document with
            {
                Roles = document.Roles.Replace(
                    role, role with { Attached = change(name, role.Attached ?? []) }),
            };
        }
        var user = document.Find(holder.Name) ?? throw NoHolder(holder);
        return document with
        {
            Users = document.Users.Replace(user, user with { Attached = change(name, user.Attached ?? []) }),
        };
    });

    private void ChangeOne(
        string operation, string policy, Func<ManagedPolicyRecord, ManagedPolicyRecord> change) =>
        Change(operation, policy, (document, known) => document with
        {
            ManagedPolicies = document.ManagedPolicies!.Value.Replace(known, change(known)),
        });

    private void Change(
        string operation, string policy, Func<IdentityDocument, ManagedPolicyRecord, IdentityDocument> change)
        => store.ChangeBy(operation, policy, document => change(document, Known(document, policy)));

    private ManagedPolicyRecord Known(IdentityDocument document, string policy)
    {
        var prefix = store.PolicyArn("");
        var name = policy.StartsWith(prefix, StringComparison.Ordinal) ? policy[prefix.Length..] : policy;
        return document.FindPolicy(name) ?? throw new IdentityFault(
            $"Policy {(policy == name ? store.PolicyArn(name) : policy)} does not exist or is not "
            + "attachable.",
            "NoSuchEntity");
    }

    private string ArnOf(PolicyHolder holder) => holder.Kind == PolicyHolderKind.Role
        ? store.RoleArn(holder.Name)
        : store.UserArn(holder.Name);

    private static void Check(string text)
    {
        var reading = PolicyDocument.Parse(text, PolicyUse.Identity);
        if (reading.Document is null)
            throw new IdentityFault(string.Join("; ", reading.Faults), "MalformedPolicyDocument");
    }

    private static IdentityFault NoHolder(PolicyHolder holder) => new(
        $"The {(holder.Kind == PolicyHolderKind.Role ? "role" : "user")} with name {holder.Name} cannot be "
        + "found.", "NoSuchEntity");

    private static IdentityFault Conflict(string message) => new(message, "DeleteConflict");
}

public enum PolicyHolderKind { User, Role }

/// <summary>A user or a role.</summary>
public sealed record PolicyHolder(PolicyHolderKind Kind, string Name);
