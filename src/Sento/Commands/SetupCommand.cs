using System.CommandLine;
using Sento.ControlPlane.Identities;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento setup: makes the vault, its keys, and the first administrator with an access key.</summary>
internal static class SetupCommand
{
    private const string Administrator = "admin";

    private static readonly Option<string> Region = new("--region")
    {
        Description = "The region in ARNs and signatures.",
        DefaultValueFactory = _ => "us-east-1",
    };

    private static readonly Option<string> Account = new("--account")
    {
        Description = "The account in ARNs: twelve digits.",
        DefaultValueFactory = _ => "000000000000",
    };

    public static Command Create()
    {
        var options = new VaultOptions();
        var command = new Command(
            "setup", "Makes the vault and the first administrator; prints the access key, once.")
        {
            Region, Account,
        };
        options.AddTo(command);
        Region.Validators.Add(result =>
        {
            var region = result.GetValueOrDefault<string>();
            if (region.Length is 0 or > 32
                || !region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
                result.AddError($"--region: \"{region}\" is no region, for example eu-central-1");
        });
        Account.Validators.Add(result =>
        {
            var account = result.GetValueOrDefault<string>();
            if (account.Length != 12 || !account.All(char.IsAsciiDigit))
                result.AddError($"--account: \"{account}\" is no account; allowed: twelve digits");
        });
        command.SetAction(result => VaultOptions.Guarded(result, () => SetUp(result, options)));
        return command;
    }

    private static int SetUp(ParseResult result, VaultOptions options)
    {
        var place = options.Place(result);
        using var vault = SecretVault.Create(
            place.Folder, place.Ring, result.GetRequiredValue(Account), result.GetRequiredValue(Region));
        var identities = new IdentityStore(vault);
        var now = DateTimeOffset.UtcNow;
        identities.AddUser(
            Administrator, [new PolicyRecord("Administrator", IdentityStore.AdministratorPolicy)], now);
        var key = identities.AddKey(Administrator, now);
        var output = result.InvocationConfiguration.Output;
        output.WriteLine($"# The vault is in {place.Folder}; its keys: {place.KeyRing}");
        output.WriteLine(
            "# Back up both, apart from each other: without the keys nobody can read the vault.");
        output.WriteLine("# The access key of the administrator. It is not shown again:");
        output.WriteLine($"export AWS_ACCESS_KEY_ID={key.Id}");
        output.WriteLine($"export AWS_SECRET_ACCESS_KEY={key.Secret}");
        output.WriteLine($"export AWS_DEFAULT_REGION={vault.Region}");
        return ExitCode.Good;
    }
}
