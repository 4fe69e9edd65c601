using Sento.Tests.Support;

namespace Sento.Tests.Scenarios;

/// <summary>A proxy for one play, with the settings that the play is about.</summary>
internal static class OwnProxy
{
    /// <param name="targetPort">The database's port on 127.0.0.1.</param>
    /// <param name="pool">Properties of ConnectionPoolConfigurationInfo, as YAML: <c>MaxConnections: 1</c>.</param>
    /// <param name="proxy">Properties of the proxy itself, as YAML.</param>
    /// <param name="endpoint">More properties of the endpoint, as YAML.</param>
    public static Task<SentoProcess> Start(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false", string endpoint = "") =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                Secrets:
                  app: {username: app, password: secret}
                  super: {username: postgres, password: secret}
                Proxies:
                  - DBProxyName: play
                    EngineFamily: POSTGRESQL
                    {{proxy}}
                    Auth: [{SecretArn: app}, {SecretArn: super}]
                    Endpoints: [{Listen: ["{listen}"] {{endpoint}}}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{targetPort}}}]
                      ConnectionPoolConfigurationInfo: { {{pool}} }
                """,
        });
}
