using System.CommandLine;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento who-can-read and sento policy check: what policies come to, before it matters.</summary>
internal static class AccessCommands
{
    private static readonly VaultOptions Options = new();
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret's name or ARN." };

    private static readonly Argument<string?> File = new("FILE")
    {
        Description = "A policy; left out: all policies of users and secrets.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command CreateWhoCanRead()
    {
        var command = new Command(
            "who-can-read",
                "Lists everybody who can read a secret, and the statement that lets them.") { Name };
        Options.AddTo(command);
        command.SetAction(result => Options.With(result, vault => WhoCanRead(result, vault)));
        return command;
    }

    public static Command CreatePolicy()
    {
        var check = new Command("check",
            "Says what is wrong with policies, and which allow too much.") { File };
        Options.AddTo(check);
        check.SetAction(result => VaultOptions.Guarded(result, () => Check(result)));
        return new Command("policy", "Policies of users and secrets.") { check };
    }

    private static int WhoCanRead(ParseResult result, SecretVault vault)
    {
        var name = result.GetRequiredValue(Name);
        var record = vault.Find(name) ?? throw new VaultFault($"there is no secret \"{name}\"");
        var readers = AccessReview.Readers(vault, new IdentityStore(vault), record, DateTimeOffset.UtcNow);
        foreach (var (principal, by) in readers)
            result.InvocationConfiguration.Output.WriteLine($"{principal}  by {by}");
        if (readers.Count == 0)
            result.InvocationConfiguration.Output.WriteLine("nobody but who holds the key ring");
        return ExitCode.Good;
    }

    private static int Check(ParseResult result)
    {
        List<string> findings;
        if (result.GetValue(File) is { } file)
        {
            findings = AccessReview.CheckPolicy(file, System.IO.File.ReadAllText(file));
        }
        else
        {
            using var vault = Options.Place(result).Open();
            findings = AccessReview.CheckAll(vault, new IdentityStore(vault));
        }
        foreach (var finding in findings)
            result.InvocationConfiguration.Output.WriteLine(finding);
        return findings.Count == 0 ? ExitCode.Good : ExitCode.Fault;
    }
}
