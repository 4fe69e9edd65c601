using System.Net;
using System.Net.Sockets;
using Sento.Lab.Servers;
using Sento.Transport.Tls;

namespace Sento.Host.Demo;

/// <summary>Where the demonstration listens, and its configuration as a person would write it.</summary>
internal sealed record DemoPlan(
    string Folder, DemoDatabases Databases, DemoVault Vault, int PostgresPort, int MariaDbPort, int AdminPort)
{
    public const int ServerConnections = 5;
    private const int UsualPostgresPort = 6432;
    private const int UsualMariaDbPort = 6033;
    private const int UsualAdminPort = 8080;

    public string ConfigurationFile => Path.Combine(Folder, "sento.yaml");

    /// <summary>Takes ports, makes a certificate, and writes the configuration.</summary>
    /// <returns>The plan; or why not.</returns>
    public static (DemoPlan? Plan, string? Fault) Write(
        string folder, DemoDatabases databases, DemoVault vault)
    {
        if (!SelfSignedCertificate.TryFindOrMake(folder, out var certificate, out var fault))
            return (null, fault);
        var plan = new DemoPlan(
            folder, databases, vault, FreePort(UsualPostgresPort), FreePort(UsualMariaDbPort),
            FreePort(UsualAdminPort));
        File.WriteAllText(plan.ConfigurationFile, plan.Text(certificate));
        return (plan, null);
    }

    private string Text(TlsServerOptions certificate)
    {
        var text = $$"""
            # What ./sento demo runs with. kill -HUP makes it read this again.
            Admin: {Listen: "127.0.0.1:{{AdminPort}}"}
            Vault: {Folder: {{Vault.Folder}}}
            Proxies:

            """;
        if (Databases.Postgres is { } postgres)
            text += Proxy(
                "postgres", "POSTGRESQL", DemoVault.PostgresSecret, PostgresPort, postgres, certificate);
        if (Databases.MariaDb is { } mariaDb)
            text += Proxy("mariadb", "MYSQL", DemoVault.MariaDbSecret, MariaDbPort, mariaDb, certificate);
        return text;
    }

    private static string Proxy(
        string name, string family, string secret, int port, ThrowawayServer server,
        TlsServerOptions tls) => $$"""
          - DBProxyName: {{name}}
            EngineFamily: {{family}}
            RequireTLS: true
            Certificate: {CertificateFile: {{tls.CertificateFile}}, PrivateKeyFile: {{tls.KeyFile}}}
            Auth: [{SecretArn: {{secret}}, IAMAuth: ENABLED}]
            Endpoints: [{Listen: ["127.0.0.1:{{port}}"]}]
            TargetGroup:
              Targets: [{Host: 127.0.0.1, Port: {{server.Port}}}]
              ConnectionPoolConfigurationInfo: {MaxConnections: {{ServerConnections}}}

        """;

    /// <summary>The wanted port when nobody has it, else another one.</summary>
    private static int FreePort(int wanted)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, wanted));
            return wanted;
        }
        catch (SocketException)
        {
            return Ports.Free();
        }
    }
}
