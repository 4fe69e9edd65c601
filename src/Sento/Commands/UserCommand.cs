using System.CommandLine;
using Sento.ControlPlane.Identities;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento user …: who may call the API, with which policies and keys.</summary>
internal static class UserCommand
{
    private static readonly VaultOptions Options = new();
    private static readonly Argument<string> User = new("USER") { Description = "The user's name." };
    private static readonly Argument<string> Key = new("KEY") { Description = "The access key's id." };

    private static readonly Option<string?> Policy = new("--policy")
    {
        Description = "A file with an IAM policy in JSON; it is named after the file.",
        HelpName = "FILE",
    };

    public static Command Create() => new("user", "Users of the API, their policies and access keys.")
    {
        Make("create", "Makes a user, with a policy if one is given.", CreateUser, User, Policy),
        Make("delete", "Deletes a user with all keys.", (r, s) => s.RemoveUser(r.GetRequiredValue(User)),
            User),
        Make("list", "Lists users, policies and keys.", List),
        Make("put-policy", "Gives a user a policy, or another one in its place.", PutPolicy, User, Policy),
        Make("create-key", "Makes an access key and prints it, once.", CreateKey, User),
        Make("delete-key", "Deletes an access key.", (r, s) => s.RemoveKey(r.GetRequiredValue(Key)), Key),
        Make(
            "deactivate-key", "Refuses an access key until it is activated.",
            (r, s) => s.SetActive(r.GetRequiredValue(Key), false), Key),
        Make(
            "activate-key", "Takes an access key again.",
            (r, s) => s.SetActive(r.GetRequiredValue(Key), true), Key),
    };

    private static Command Make(
        string name, string description, Action<ParseResult, IdentityStore> work, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }
        Options.AddTo(command);
        command.SetAction(result => Options.With(result, vault =>
        {
            work(result, new IdentityStore(vault));
            return ExitCode.Good;
        }));
        return command;
    }

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
            var policies = string.Join(", ", user.Policies.Select(policy => policy.Name));
            var keys = string.Join(
                ", ", user.Keys.Select(key => key.IsActive ? key.Id : $"{key.Id} (inactive)"));
            result.InvocationConfiguration.Output.WriteLine(
                $"{user.Name}  policies: {(policies.Length > 0 ? policies : "none")}  "
                + $"keys: {(keys.Length > 0 ? keys : "none")}");
        }
    }
}
