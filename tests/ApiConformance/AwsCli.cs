using System.Text.Json;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>The distribution's own AWS CLI against the API, as somebody runs it.</summary>
internal static class AwsCli
{
    private const string Program = "/usr/bin/aws";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<FinishedProcess> Run(
        ApiGround ground, AccessKeyRecord key, params string[] words)
    {
        string[] arguments =
        [
            "secretsmanager", .. words, "--endpoint-url", ground.Url.ToString(), "--output", "json",
            "--no-cli-pager",
        ];
        return await GuardedProcess.Run(
            new Recipe(Program, arguments)
            {
                Environment = new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = key.Id,
                    ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
                    ["AWS_DEFAULT_REGION"] = VaultGround.Region,
                    ["AWS_CONFIG_FILE"] = "/dev/null",
                    ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
                    ["AWS_SESSION_TOKEN"] = null,
                    ["AWS_PROFILE"] = null,
                    ["AWS_MAX_ATTEMPTS"] = "1",
                },
            },
            Patience);
    }

    /// <summary>The answer of a call that must succeed; undefined when it answers nothing.</summary>
    public static async Task<JsonElement> Json(ApiGround ground, params string[] words)
    {
        var result = await Run(ground, ground.Vault.Administrator, words);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', words)}: {result.Errors}");
        return result.Output.Trim().Length == 0 ? default : JsonDocument.Parse(result.Output).RootElement;
    }

    /// <summary>The error of a call that must fail, by its code.</summary>
    public static async Task<string> Fails(ApiGround ground, string code, params string[] words)
    {
        var result = await Run(ground, ground.Vault.Administrator, words);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"({code})", result.Errors, StringComparison.Ordinal);
        return result.Errors;
    }
}
