using System.Text.Json;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>A stock AWS CLI against the API of a ground.</summary>
internal static class SecretsCli
{
    public static Task<FinishedProcess> Run(
        AwsCli aws, ApiGround ground, AccessKeyRecord key, params string[] words) =>
        aws.Run(Environment(key), Arguments(ground, words));

    /// <summary>The answer of a call that must succeed; undefined when it answers nothing.</summary>
    public static async Task<JsonElement> Json(AwsCli aws, ApiGround ground, params string[] words)
    {
        var result = await Run(aws, ground, ground.Vault.Administrator, words);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', words)}: {result.Errors}");
        return result.Output.Trim().Length == 0 ? default : JsonDocument.Parse(result.Output).RootElement;
    }

    /// <summary>The error of a call that must fail, by its code.</summary>
    public static async Task<string> Fails(
        AwsCli aws, ApiGround ground, string code, params string[] words)
    {
        var result = await Run(aws, ground, ground.Vault.Administrator, words);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"({code})", result.Errors, StringComparison.Ordinal);
        return result.Errors;
    }

    public static IReadOnlyDictionary<string, string?> Environment(AccessKeyRecord key) =>
        new Dictionary<string, string?>
        {
            ["AWS_ACCESS_KEY_ID"] = key.Id,
            ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
            ["AWS_DEFAULT_REGION"] = VaultGround.Region,
        };

    public static string[] Arguments(ApiGround ground, params string[] words) =>
        ["secretsmanager", .. words, "--endpoint-url", ground.Url.ToString(), "--output", "json"];
}
