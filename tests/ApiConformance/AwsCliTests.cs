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

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var names = Enumerable.Range(0, 5).Select(i => $"cli/page/{i}").ToList();
        names.ForEach(name => ground.Vault.Create(name, "one"));

        var listed = await Json(
            "list-secrets", "--filters", "Key=name,Values=cli/page/", "--page-size", "2",
            "--sort-order", "asc");
        Assert.Equal(names, listed.GetProperty("SecretList").EnumerateArray()
            .Select(secret => secret.GetProperty("Name").GetString()!));
        // The CLI's own cut, and its token from there on.
        var first = await Json(
            "list-secrets", "--filters", "Key=name,Values=cli/page/", "--max-items", "3", "--page-size", "2");
        var rest = await Json(
            "list-secrets", "--filters", "Key=name,Values=cli/page/", "--page-size", "2", "--starting-token",
            first.GetProperty("NextToken").GetString()!);
        Assert.Equal(names, first.GetProperty("SecretList").EnumerateArray()
            .Concat(rest.GetProperty("SecretList").EnumerateArray())
            .Select(secret => secret.GetProperty("Name").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Random_password_has_what_was_asked_for_and_nothing_else()
    {
        var made = await Json(
            "get-random-password", "--password-length", "64", "--exclude-punctuation", "--exclude-uppercase",
            "--exclude-characters", "0lo", "--require-each-included-type");
        var password = made.GetProperty("RandomPassword").GetString()!;

        Assert.Equal(64, password.Length);
        Assert.All(password, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        Assert.DoesNotContain(password, c => c is '0' or 'l' or 'o');
        Assert.Contains(password, char.IsAsciiDigit);
        Assert.Contains(password, char.IsAsciiLetterLower);
    }

    [Fact]
    public async Task Resource_policy_lets_in_whom_it_names_and_shuts_out_whom_it_denies()
    {
        var guest = ground.Vault.AddUser($"guest-{Guid.NewGuid():N}", null);
        var arn = ground.Vault.Identities.FindAccessKey(guest.Id)!.Owner.Arn;
        ground.Vault.Create("cli/shared", "one");
        string Policy(string effect) => $$"""
            {"Statement":{"Effect":"{{effect}}","Principal":{"AWS":"{{arn}}" },
              "Action":"secretsmanager:GetSecretValue","Resource":"*"} }
            """;
        Task<FinishedProcess> Read() =>
            SecretsCli.Run(ground, guest, "get-secret-value", "--secret-id", "cli/shared");

        Assert.Contains("(AccessDeniedException)", (await Read()).Errors, StringComparison.Ordinal);
        await Json("put-resource-policy", "--secret-id", "cli/shared", "--resource-policy", Policy("Allow"));
        Assert.Contains("\"one\"", (await Read()).Output, StringComparison.Ordinal);
        await Json("put-resource-policy", "--secret-id", "cli/shared", "--resource-policy", Policy("Deny"));
        Assert.Contains(
            "with an explicit deny in a resource-based policy", (await Read()).Errors,
            StringComparison.Ordinal);
    }

    private Task<JsonElement> Json(params string[] words) => SecretsCli.Json(ground, words);

    private async Task<string> Value(params string[] words) =>
        (await Json(["get-secret-value", .. words])).GetProperty("SecretString").GetString()!;
}
