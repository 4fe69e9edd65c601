using Sento.Base;
using Sento.Identity.DbAuth;
using Sento.Lab.Servers;
using Sento.Load.Processes;
using Sento.Load.Wire;

namespace Sento.Load.Contenders;

/// <summary>
/// Sento with a vault, its API and two proxies before the bench's server: one takes tokens and passwords, the
/// other passwords alone.
/// </summary>
internal sealed class SentoWithVault(Stage stage, string program) : IContender
{
    public const string Region = "eu-central-1";
    public const string Account = "123456789012";

    /// <summary>What policies call the proxy that takes tokens.</summary>
    public const string ResourceId = "prx-tokens";

    private static readonly TimeSpan SetupPatience = TimeSpan.FromMinutes(1);

    private readonly ProxyProcess _process = new(stage, "Sento with a vault");

    public string Name => "Sento";

    public string Description => $"build of {File.GetLastWriteTimeUtc(program):yyyy-MM-dd HH:mm} UTC";

    /// <summary>Clients prove a password, by SCRAM.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Clients send a token, or over TLS a password in clear text.</summary>
    public int TokenPort { get; } = Ports.Free();

    public int ApiPort { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    /// <summary>Of the vault's administrator.</summary>
    public (string Id, string Secret) Key { get; private set; }

    /// <summary>The administrator's, for the proxy that takes tokens.</summary>
    public string NewToken(string user)
    {
        using var secret = SecretBytes.FromText(Key.Secret);
        return DbAuthTokenMaker.Make(
            "127.0.0.1", TokenPort, Region, user, Key.Id, secret, null, DateTimeOffset.UtcNow);
    }

    public void Start()
    {
        if (!File.Exists(program)) throw new BenchFailure($"{program} does not exist");
        Setup();
        var config = stage.FileFor("sento.yaml");
        File.WriteAllText(config, Configuration());
        _process.Start(Port, [program, "serve", "--config", config], Signal.Term);
        // The administration begins to listen a moment after the proxies do.
        if (!stage.Interruption.WaitFor(HasApi, SetupPatience))
            throw new BenchFailure($"{Name}'s API does not listen");
    }

    private bool HasApi()
    {
        try
        {
            new ApiClient(this).Dispose();
            return true;
        }
        catch (BenchFailure)
        {
            return false; // Not yet; the caller has a deadline.
        }
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    private void Setup()
    {
        var printed = Child.Run(
            "setup",
            [program, "setup", "--vault", stage.FileFor("vault"), "--key-ring", KeyRing, "--region", Region,
                "--account", Account],
            stage.FileFor("setup.log"), stage.Interruption, SetupPatience);
        Key = (Exported("AWS_ACCESS_KEY_ID"), Exported("AWS_SECRET_ACCESS_KEY"));

        string Exported(string name) => printed.Split('\n')
            .FirstOrDefault(line => line.StartsWith($"export {name}=", StringComparison.Ordinal))?
            .Split('=', 2)[1] ?? throw new BenchFailure($"sento setup did not print {name}");
    }

    private string KeyRing => "file:" + stage.FileFor("vault-keys");

    private string Configuration()
    {
        var (user, password, database) = stage.Server.Credentials;
        return $$"""
            Admin: {Listen: "127.0.0.1:{{ApiPort}}"}
            Vault: {Folder: "{{stage.FileFor("vault")}}", KeyRing: "{{KeyRing}}"}
            Secrets:
              bench: {username: {{user}}, password: "{{password}}"}
            Proxies:
            {{Proxy("passwords", "DISABLED", Port)}}
            {{Proxy("tokens", "ENABLED", TokenPort)}}

            """;

        string Proxy(string name, string tokens, int port) => $$"""
              - DBProxyName: {{name}}
                EngineFamily: POSTGRESQL
                Certificate:
                  CertificateFile: "{{stage.Certificate.CertificatePath}}"
                  PrivateKeyFile: "{{stage.Certificate.KeyPath}}"
                TokenSignInsPerSecond: 1000000
                Auth: [{SecretArn: bench, IAMAuth: {{tokens}}}]
                Endpoints: [{Listen: ["127.0.0.1:{{port}}"]}]
                TargetGroup:
                  Targets: [{Host: 127.0.0.1, Port: {{stage.Server.Port}}, DefaultDatabase: {{database}}}]
                  ConnectionPoolConfigurationInfo: {MaxConnections: 16}
            """;
    }
}
