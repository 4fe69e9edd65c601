using System.CommandLine;
using Sento.ControlPlane.Identities;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento iam create-policy, attach-policy …: policies that users and roles share.</summary>
internal static class IamPolicyCommands
{
    private static readonly Argument<string> Policy =
        new("POLICY") { Description = "The policy's name or ARN." };

    private static readonly Argument<string> File = new("FILE")
    {
        Description = "A file with an IAM policy in JSON; the policy is named after it.",
    };

    private static readonly Option<string?> User = new("--user") { Description = "The user." };
    private static readonly Option<string?> Role = new("--role") { Description = "The role." };

    public static IEnumerable<Command> All =>
    [
        IamCommand.Make(
            "create-policy", "Makes a policy that users and roles can have.",
            (result, store) => new ManagedPolicies(store).Create(
                NameOf(result), Read(result), null, DateTimeOffset.UtcNow),
            File),
        IamCommand.Make(
            "create-policy-version", "Puts another text in force; the ones before are kept.",
            (result, store) => new ManagedPolicies(store).AddVersion(
                NameOf(result), Read(result), isDefault: true, DateTimeOffset.UtcNow),
            File),
        IamCommand.Make(
            "delete-policy", "Deletes a policy that nobody has, with all its versions.", Delete, Policy),
        IamCommand.Make("list-policies", "Lists policies and who has them.", List),
        IamCommand.Make(
            "attach-policy", "Gives a policy to a user or a role.",
            (result, store) => new ManagedPolicies(store).Attach(
                result.GetRequiredValue(Policy), HolderOf(result)), Policy, User, Role),
        IamCommand.Make(
            "detach-policy", "Takes a policy away from a user or a role.",
            (result, store) => new ManagedPolicies(store).Detach(
                result.GetRequiredValue(Policy), HolderOf(result)), Policy, User, Role),
    ];

    private static string NameOf(ParseResult result) =>
        Path.GetFileNameWithoutExtension(result.GetRequiredValue(File));

    private static string Read(ParseResult result) =>
        System.IO.File.ReadAllText(result.GetRequiredValue(File));

    private static PolicyHolder HolderOf(ParseResult result) =>
        (result.GetValue(User), result.GetValue(Role)) switch
    {
        ({ } user, null) => new(PolicyHolderKind.User, user),
        (null, { } role) => new(PolicyHolderKind.Role, role),
        _ => throw new VaultFault("say who: --user NAME or --role NAME"),
    };

    private static void Delete(ParseResult result, IdentityStore store)
    {
        var policies = new ManagedPolicies(store);
        var policy = policies.Get(result.GetRequiredValue(Policy));
        if (ManagedPolicies.HoldersOf(store.Document, policy.Name).Any())
            throw new VaultFault(
                $"policy {policy.Name} is attached: detach it first (sento iam list-policies)");
        foreach (var version in policy.Versions.Where(version => version.Id != policy.DefaultVersion))
            policies.RemoveVersion(policy.Name, version.Id);
        policies.Delete(policy.Name);
    }

    private static void List(ParseResult result, IdentityStore store)
    {
        foreach (var policy in store.Document.ManagedPolicies ?? [])
        {
            var holders = ManagedPolicies.HoldersOf(store.Document, policy.Name).Select(holder =>
                $"{(holder.Kind == PolicyHolderKind.Role ? "role" : "user")} {holder.Name}");
            result.InvocationConfiguration.Output.WriteLine(
                $"{policy.Name}  {policy.DefaultVersion} of {policy.Versions.Length}  "
                + $"attached to: {IamCommand.OrNone(holders)}");
        }
    }
}
