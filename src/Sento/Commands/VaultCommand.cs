using System.CommandLine;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento vault … and sento audit verify: back up, restore, rotate the keys, check the log.</summary>
internal static class VaultCommand
{
    private static readonly VaultOptions Options = new();
    private static readonly Argument<string> File = new("FILE") { Description = "The backup." };

    public static Command Create()
    {
        var backUp = new Command("backup",
            "Copies the vault while it is used; the keys are not in the copy.") { File };
        Options.AddTo(backUp);
        backUp.SetAction(result => Options.With(result, vault =>
        {
            vault.BackUp(result.GetRequiredValue(File));
            return ExitCode.Good;
        }));
        var restore = new Command("restore",
            "Makes the vault what a backup holds, also while it is used.") { File };
        Options.AddTo(restore);
        restore.SetAction(result => VaultOptions.Guarded(result, () =>
        {
            var place = Options.Place(result);
            SecretVault.Restore(result.GetRequiredValue(File), place.Folder, place.Ring);
            return ExitCode.Good;
        }));
        var rotate = new Command(
            "rotate-key",
                "Adds a key and seals everything with it while the vault is used; drops the old keys.");
        Options.AddTo(rotate);
        rotate.SetAction(result => Options.With(result, vault =>
        {
            var count = vault.RotateKey(DateTimeOffset.UtcNow);
            result.InvocationConfiguration.Output.WriteLine($"{count} data keys are under the new key.");
            return ExitCode.Good;
        }));
        return new Command("vault", "Back up and restore the vault, rotate its keys.") { backUp, restore,
            rotate };
    }

    public static Command CreateAudit()
    {
        var verify = new Command("verify", "Finds lines of the audit log that were changed or removed.");
        Options.AddTo(verify);
        verify.SetAction(result => Options.With(result, vault =>
        {
            var fault = vault.Audit.Verify(out var count);
            result.InvocationConfiguration.Output.WriteLine(
                fault is null ? $"{count} lines, all as they were written" : $"{vault.Audit.Path}: {fault}");
            return fault is null ? ExitCode.Good : ExitCode.Fault;
        }));
        return new Command("audit", "The log of every use of a secret.") { verify };
    }
}
