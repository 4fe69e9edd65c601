using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>What AWS's SDK for JavaScript makes of the API.</summary>
public sealed class NodeSdkTests(ApiGround ground)
{
    [Fact]
    public async Task Secret_lives_as_at_AWS()
    {
        var program = SourceTree.At("tests", "ApiConformance", "node", "life.mjs");
        var result = await GuardedProcess.Run(
            new Recipe("node", program)
            {
                Environment = new Dictionary<string, string?>
                {
                    ["SENTO_ENDPOINT"] = ground.Url.ToString(),
                    ["AWS_REGION"] = VaultGround.Region,
                    ["AWS_ACCESS_KEY_ID"] = ground.Vault.Administrator.Id,
                    ["AWS_SECRET_ACCESS_KEY"] = ground.Vault.Administrator.Secret,
                    ["AWS_SESSION_TOKEN"] = null,
                },
            },
            TimeSpan.FromSeconds(120));

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("good", result.Output, StringComparison.Ordinal);
    }
}
