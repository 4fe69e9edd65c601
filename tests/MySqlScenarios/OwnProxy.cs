using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A proxy's configuration, with the settings that a play is about.</summary>
internal static class OwnProxy
{
    public const string Everybody =
        "{SecretArn: app}, {SecretArn: super}, {SecretArn: curve}, {SecretArn: fresh}";

    private static readonly (string, string)[] Users =
        [("app", "app"), ("super", "super"), ("curve", "curve"), ("fresh", "fresh"), ("narrow", "narrow")];

    public static Task<SentoProcess> Start(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "", string target = "", string auth = Everybody) =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = Text(targetPort, pool, proxy, endpoint, target, auth),
        });

    /// <param name="targetPort">The database's port on 127.0.0.1.</param>
    /// <param name="target">More properties of the target, as YAML.</param>
    public static string Text(
        int targetPort, string pool = "MaxConnections: 4", string proxy = "RequireTLS: false",
        string endpoint = "", string target = "", string auth = Everybody) =>
        PlayText.Configuration(
            "MYSQL", Users, $"{{Host: 127.0.0.1, Port: {targetPort} {target}}}", pool, proxy, endpoint, auth);
}
