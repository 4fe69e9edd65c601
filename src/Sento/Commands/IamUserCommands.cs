using System.CommandLine;
using Sento.ControlPlane.Identities;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento iam create-user … : who may call the API and sign tokens, with which keys.</summary>
internal static class IamUserCommands
{
    private static readonly Argument<string> User = new("USER") { Description = "The user's name." };
    private static readonly Argument<string> Key = new("KEY") { Description = "The access key's id." };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "A file with an IAM policy in JSON; it is named after the file.",
        HelpName = "FILE",
    };

    public static IEnumerable<Command> All =>
    [
        IamCommand.Make(
            "create-user", "Makes a user, with a policy of its own if one is given.", CreateUser, User,
            Policy),
        IamCommand.Make(
            "delete-user", "Deletes a user with all keys.",
            (result, store) => store.RemoveUser(result.GetRequiredValue(User)), User),
        IamCommand.Make("list-users", "Lists users, policies and keys.", List),
        IamCommand.Make(
            "put-user-policy", "Gives a user a policy of its own, or another one in its place.", PutPolicy,
            User, Policy),
        IamCommand.Make("create-access-key", "Makes an access key and prints it, once.", CreateKey, User),
        IamCommand.Make(
            "delete-access-key", "Deletes an access key.",
            (result, store) => store.RemoveKey(result.GetRequiredValue(Key)), Key),
        IamCommand.Make(
            "deactivate-access-key", "Refuses an access key until it is activated.",
            (result, store) => store.SetActive(result.GetRequiredValue(Key), false), Key),
        IamCommand.Make(
            "activate-access-key", "Takes an access key again.",
            (result, store) => store.SetActive(result.GetRequiredValue(Key), true), Key),
    ];

    private static void CreateUser(ParseResult result, IdentityStore store) => store.AddUser(
        result.GetRequiredValue(User), result.GetValue(Policy) is { } file ? [Read(file)] : [],
        DateTimeOffset.UtcNow);

    private static void PutPolicy(ParseResult result, IdentityStore store) => store.PutPolicy(
        result.GetRequiredValue(User),
        Read(result.GetValue(Policy) ?? throw new VaultFault("say which policy: --policy FILE")));

    private static PolicyRecord Read(string file) =>
        new(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file));

    private static void CreateKey(ParseResult result, IdentityStore store)
    {
        var key = store.AddKey(result.GetRequiredValue(User), DateTimeOffset.UtcNow);
        result.InvocationConfiguration.Output.WriteLine($"export AWS_ACCESS_KEY_ID={key.Id}");
        result.InvocationConfiguration.Output.WriteLine($"export AWS_SECRET_ACCESS_KEY={key.Secret}");
    }

    private static void List(ParseResult result, IdentityStore store)
    {
        foreach (var user in store.Document.Users)
        {
            var policies = user.Policies.Select(policy => policy.Name).Concat(user.Attached ?? []);
            var keys = user.Keys.Select(key => key.IsActive ? key.Id : $"{key.Id} (inactive)");
            result.InvocationConfiguration.Output.WriteLine(
                $"{user.Name}  policies: {IamCommand.OrNone(policies)}  keys: {IamCommand.OrNone(keys)}");
        }
    }
}
