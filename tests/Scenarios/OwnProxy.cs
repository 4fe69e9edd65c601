using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>A proxy for one play, with the settings that the play is about.</summary>
internal static class OwnProxy
{
    /// <param name="targetPort">The database's port on 127.0.0.1.</param>
    /// <param name="pool">Properties of ConnectionPoolConfigurationInfo, as YAML: <c>MaxConnections: 1</c>.</param>
    /// <param name="proxy">Properties of the proxy itself, as YAML.</param>
    /// <param name="endpoint">More properties of the endpoint, as YAML.</param>
    public static Task<SentoProcess> Start(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "") =>
        SentoProcess.Start(
            new SentoOptions { Configuration = Text(Target(targetPort), pool, proxy, endpoint) });

    /// <summary>A target on 127.0.0.1, as YAML.</summary>
    public static string Target(int port, string more = "") => $"{{Host: 127.0.0.1, Port: {port}{more}}}";

    /// <summary>The configuration itself, for plays that change it while it runs.</summary>
    /// <param name="targets">Elements of Targets, as YAML.</param>
    /// <param name="auth">Elements of Auth, as YAML.</param>
    public static string Text(
        string targets, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "", string auth = "{SecretArn: app}, {SecretArn: super}") =>
        PlayText.Configuration(
            "POSTGRESQL", [("app", "app"), ("super", "postgres")], targets, pool, proxy, endpoint, auth);
}
