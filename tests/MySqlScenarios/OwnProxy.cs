using Sento.Tests.Support;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A proxy's configuration, with the settings that a play is about.</summary>
internal static class OwnProxy
{
    private const string Everybody =
        "{SecretArn: app}, {SecretArn: super}, {SecretArn: curve}, {SecretArn: fresh}";

    public static Task<SentoProcess> Start(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "", string target = "", string auth = Everybody) =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = Text(targetPort, pool, proxy, endpoint, target, auth),
        });

    /// <param name="targetPort">The database's port on 127.0.0.1.</param>
    /// <param name="pool">Properties of ConnectionPoolConfigurationInfo, as YAML.</param>
    /// <param name="proxy">Properties of the proxy itself, as YAML.</param>
    /// <param name="endpoint">More properties of the endpoint, as YAML.</param>
    /// <param name="auth">Elements of Auth, as YAML.</param>
    /// <param name="target">More properties of the target, as YAML.</param>
    public static string Text(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "", string target = "", string auth = Everybody) =>
        $$"""
        Admin: {Listen: "{admin}"}
        Secrets:
          app: {username: app, password: secret}
          super: {username: super, password: secret}
          curve: {username: curve, password: secret}
          fresh: {username: fresh, password: secret}
        Proxies:
          - DBProxyName: play
            EngineFamily: MYSQL
            {{proxy}}
            Auth: [{{auth}}]
            Endpoints: [{Listen: ["{listen}"] {{endpoint}}}]
            TargetGroup:
              Targets: [{Host: 127.0.0.1, Port: {{targetPort}} {{target}}}]
              ConnectionPoolConfigurationInfo: { {{pool}} }
        """;
}
