using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>
/// Sento's configuration where the command line does not suffice: with tokens, or with a vault that rotates.
/// </summary>
internal static class SentoFiles
{
    private const string Secret = "lab/app";
    private const string Account = "123456789012";

    public static bool AreNeeded(LabPlan plan) =>
        plan.SignIn == SignIn.Token || plan.Scenario == Scenario.Rotate;

    /// <summary>Makes the vault, where the scenario needs one, and writes the configuration.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> WriteAsync(LabStage stage, Arm arm, int port, int poolSize)
    {
        var hasVault = stage.Plan.Scenario == Scenario.Rotate;
        if (hasVault)
            await MakeVaultAsync(stage);
        var file = stage.FileFor($"sento-{arm.Letter}.yaml");
        await File.WriteAllTextAsync(file, Text(stage, arm, port, poolSize, hasVault));
        return file;
    }

    /// <summary>Gives the application's user another password, in the database and in the vault.</summary>
    public static Task RotateAsync(LabStage stage) => RunAsync(
        stage, ["secret", "rotate", Secret, "--strategy", "single-user", "--vault", Vault(stage)]);

    private static async Task MakeVaultAsync(LabStage stage)
    {
        if (Directory.Exists(Vault(stage)))
            Directory.Delete(Vault(stage), recursive: true);
        await RunAsync(
            stage, ["setup", "--vault", Vault(stage), "--region", stage.Key.Region, "--account", Account]);
        var engine = stage.Plan.Engine.ToString().ToLowerInvariant();
        await RunAsync(
            stage,
            [
                "secret", "put", Secret, "--vault", Vault(stage), "--username", stage.Database.User,
                "--field", $"engine={engine}", "--field", $"host={stage.Database.Host}",
                "--field", $"port={stage.Database.Port}", "--field", $"dbname={stage.Database.Database}",
            ],
            stage.Database.Password);
    }

    private static string Text(LabStage stage, Arm arm, int port, int poolSize, bool hasVault)
    {
        var (user, password) = (stage.Database.User, $"env:{ProxyRoad.PasswordVariable}");
        var source = hasVault
            ? $"Vault: {{Folder: {Vault(stage)}}}"
            : $"Secrets: {{{Secret}: {{username: {user}, password: {password}}}}}";
        var isByToken = stage.Plan.SignIn == SignIn.Token;
        var certificate = stage.Certificate is { } files
            ? $"Certificate: {{CertificateFile: {files.CertificatePath}, PrivateKeyFile: {files.KeyPath}}}"
            : "";
        var family = stage.Plan.Engine == Engines.Engine.Postgres ? "POSTGRESQL" : "MYSQL";
        var tls = stage.Database.HasTls ? "require" : "disable";
        var borrow = arm.BorrowSeconds is { } seconds ? $", ConnectionBorrowTimeout: {seconds}" : "";
        return $$"""
            {{source}}
            {{(isByToken ? Identities(stage) : "")}}
            Proxies:
              - DBProxyName: lab
                EngineFamily: {{family}}
                {{certificate}}
                {{(arm.HasRdsRules ? "PinningRules: RDS" : "")}}
                Auth: [{SecretArn: {{Secret}}, IAMAuth: {{(isByToken ? "REQUIRED" : "DISABLED")}}}]
                Endpoints: [{Listen: ["127.0.0.1:{{port}}"]}]
                TargetGroup:
                  Targets: [{Host: {{stage.Database.Host}}, Port: {{stage.Database.Port}}, Tls: {{tls}}}]
                  ConnectionPoolConfigurationInfo: {MaxConnections: {{poolSize}}{{borrow}}}

            """;
    }

    private static string Identities(LabStage stage) => $$"""
        Identities:
          Region: {{stage.Key.Region}}
          Account: "{{Account}}"
          Users:
            - UserName: function
              AccessKeys: [{AccessKeyId: {{stage.Key.Id}}, SecretAccessKey: {{stage.Key.Secret}}}]
              Policies:
                - PolicyName: connect
                  PolicyDocument:
                    Version: 2012-10-17
                    Statement:
                      Effect: Allow
                      Action: rds-db:connect
                      Resource: {{Resource(stage)}}
        """;

    private static string Resource(LabStage stage) =>
        $"arn:aws:rds-db:{stage.Key.Region}:{Account}:dbuser:prx-lab/{stage.Database.User}";

    private static string Vault(LabStage stage) => stage.FileFor("vault");

    private static async Task RunAsync(LabStage stage, IReadOnlyList<string> arguments, string? input = null)
    {
        var started = stage.Lifeline.Start([.. stage.Program, .. arguments], ChildProgram.Kill);
        var (code, output) = await ChildProgram.ToEndAsync(started, input);
        if (code != 0)
            throw new LabFault($"sento {string.Join(' ', arguments.Take(2))} failed: {output}");
    }
}
