using System.Text.Json;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>What the stock AWS CLI makes of the API.</summary>
public sealed class AwsCliTests(ApiGround ground)
{
    [Fact]
    public async Task Value_is_read_as_by_somebody_at_a_terminal()
    {
        ground.Vault.Create("cli/terminal", "one");

        var finished = await GuardedProcess.Run(
            new Recipe(
                "/usr/bin/aws",
                [.. SecretsCli.Arguments(ground, "get-secret-value", "--secret-id", "cli/terminal")])
            {
                Environment = SecretsCli.Environment(ground.Vault.Administrator),
            },
            TimeSpan.FromMinutes(2));

        Assert.True(finished.ExitCode == 0, finished.Errors);
        Assert.Contains("\"SecretString\": \"one\"", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_lives_as_at_AWS()
    {
        var made = await Json(
            "create-secret", "--name", "cli/life", "--secret-string", "one", "--tags", "Key=a,Value=b");
        var arn = made.GetProperty("ARN").GetString()!;
        var first = made.GetProperty("VersionId").GetString()!;
        var put = await Json("put-secret-value", "--secret-id", arn, "--secret-string", "two");
        var second = put.GetProperty("VersionId").GetString()!;

        Assert.Equal("two", await Value("--secret-id", "cli/life"));
        Assert.Equal("one", await Value("--secret-id", arn[..^7], "--version-stage", "AWSPREVIOUS"));
        Assert.Equal("one", await Value("--secret-id", arn, "--version-id", first));

        var described = await Json("describe-secret", "--secret-id", "cli/life");
        var stages = described.GetProperty("VersionIdsToStages");
        Assert.Equal("AWSPREVIOUS", stages.GetProperty(first)[0].GetString());
        Assert.Equal("AWSCURRENT", stages.GetProperty(second)[0].GetString());
        Assert.Equal("b", described.GetProperty("Tags")[0].GetProperty("Value").GetString());
    }

    [Fact]
    public async Task Labels_move_only_from_where_they_are_said_to_be()
    {
        var made = await Json("create-secret", "--name", "cli/labels", "--secret-string", "one");
        var first = made.GetProperty("VersionId").GetString()!;
        await Json("put-secret-value", "--secret-id", "cli/labels", "--secret-string", "two");

        var error = await SecretsCli.Fails(
            ground, "InvalidParameterException", "update-secret-version-stage", "--secret-id", "cli/labels",
            "--version-stage", "AWSCURRENT", "--move-to-version-id", first);

        Assert.Contains("The parameter RemoveFromVersionId can't be empty.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_secret_can_be_restored_and_not_be_used_meanwhile()
    {
        await Json("create-secret", "--name", "cli/deleted", "--secret-string", "one");
        await Json("delete-secret", "--secret-id", "cli/deleted", "--recovery-window-in-days", "7");

        var error = await SecretsCli.Fails(
            ground, "InvalidRequestException", "get-secret-value", "--secret-id", "cli/deleted");
        Assert.Contains("because it was marked for deletion", error, StringComparison.Ordinal);
        await SecretsCli.Fails(
            ground, "InvalidRequestException",
            "create-secret", "--name", "cli/deleted", "--secret-string", "x");
        await Json("restore-secret", "--secret-id", "cli/deleted");
        Assert.Equal("one", await Value("--secret-id", "cli/deleted"));
    }

    [Theory]
    [InlineData("ResourceNotFoundException", "get-secret-value", "--secret-id", "cli/none")]
    [InlineData("ValidationException", "get-secret-value", "--secret-id", "a name; with 'quotes' --")]
    [InlineData("ValidationException", "get-secret-value", "--secret-id", "a%2f..%2fb")]
    [InlineData(
        "InvalidParameterException", "delete-secret", "--secret-id", "x", "--recovery-window-in-days", "3")]
    [InlineData("InvalidNextTokenException", "list-secrets", "--starting-token", "nonsense")]
    [InlineData("InvalidParameterException", "get-random-password", "--password-length", "2")]
    public async Task Refusal_has_the_name_that_it_has_at_AWS(string code, params string[] words) =>
        await SecretsCli.Fails(ground, code, words);

    [Fact]
    public async Task Policy_for_everybody_is_refused_and_a_broken_one_too()
    {
        await Json("create-secret", "--name", "cli/policy", "--secret-string", "one");
        const string open = """
            {"Statement":
              {"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}
            """;

        await SecretsCli.Fails(
            ground, "PublicPolicyException", "put-resource-policy", "--secret-id", "cli/policy",
            "--resource-policy", open);
        await SecretsCli.Fails(
            ground, "MalformedPolicyDocumentException", "put-resource-policy", "--secret-id", "cli/policy",
            "--resource-policy", "{}");
    }

    [Fact]
    public async Task List_filters_by_the_beginning_of_a_name()
    {
        await Json("create-secret", "--name", "cli/batch", "--secret-string", "one");
        var listed = await Json("list-secrets", "--filters", "Key=name,Values=cli/bat");
        Assert.Equal("cli/batch", Assert.Single(listed.GetProperty("SecretList").EnumerateArray())
            .GetProperty("Name").GetString());
    }

    private Task<JsonElement> Json(params string[] words) => SecretsCli.Json(ground, words);

    private async Task<string> Value(params string[] words) =>
        (await Json(["get-secret-value", .. words])).GetProperty("SecretString").GetString()!;
}
