using Sento.Tests.Support;

namespace Sento.Tests.ApiConformance;

/// <summary>A serving process whose API is asked, and whose proxy nobody uses.</summary>
internal static class ApiProcess
{
    /// <summary>Returns once the API answers.</summary>
    /// <param name="more">Further properties of the section Vault, after a comma.</param>
    public static async Task<SentoProcess> Start(VaultGround vault, string more = "")
    {
        var process = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                {{vault.Section(more)}}
                Secrets:
                  nobody: {username: nobody, password: secret}
                Proxies:
                  - DBProxyName: api
                    EngineFamily: POSTGRESQL
                    RequireTLS: false
                    Auth: [{SecretArn: nobody}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: 1}]
                """,
        });
        await process.Metrics();
        return process;
    }
}
