using System.Text.Json;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>What a stock AWS CLI makes of the API.</summary>
public abstract class AwsCliTests(ApiGround ground, AwsCliKind kind)
{
    /// <summary>Begins the names of its secrets: both CLIs talk to one vault.</summary>
    private readonly string _root = $"cli-{kind}".ToLowerInvariant();

    private AwsCli Aws => kind == AwsCliKind.Current ? ground.Aws : ground.OldAws;

    [Fact]
    public async Task Value_is_read_as_by_somebody_at_a_terminal()
    {
        ground.Vault.Create(At("terminal"), "one");

        var finished = await GuardedProcess.Run(
            new Recipe(
                AwsCli.Program(kind),
                [.. SecretsCli.Arguments(ground, "get-secret-value", "--secret-id", At("terminal"))])
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
            "create-secret", "--name", At("life"), "--secret-string", "one", "--tags", "Key=a,Value=b");
        var arn = made.GetProperty("ARN").GetString()!;
        var first = made.GetProperty("VersionId").GetString()!;
        var put = await Json("put-secret-value", "--secret-id", arn, "--secret-string", "two");
        var second = put.GetProperty("VersionId").GetString()!;

        Assert.Equal("two", await Value("--secret-id", At("life")));
        Assert.Equal("one", await Value("--secret-id", arn[..^7], "--version-stage", "AWSPREVIOUS"));
        Assert.Equal("one", await Value("--secret-id", arn, "--version-id", first));

        var described = await Json("describe-secret", "--secret-id", At("life"));
        var stages = described.GetProperty("VersionIdsToStages");
        Assert.Equal("AWSPREVIOUS", stages.GetProperty(first)[0].GetString());
        Assert.Equal("AWSCURRENT", stages.GetProperty(second)[0].GetString());
        Assert.Equal("b", described.GetProperty("Tags")[0].GetProperty("Value").GetString());
    }

    [Fact]
    public async Task Labels_move_only_from_where_they_are_said_to_be()
    {
        var made = await Json("create-secret", "--name", At("labels"), "--secret-string", "one");
        var first = made.GetProperty("VersionId").GetString()!;
        await Json("put-secret-value", "--secret-id", At("labels"), "--secret-string", "two");

        var error = await Fails(
            "InvalidParameterException", "update-secret-version-stage", "--secret-id", At("labels"),
            "--version-stage", "AWSCURRENT", "--move-to-version-id", first);

        Assert.Contains("The parameter RemoveFromVersionId can't be empty.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_secret_can_be_restored_and_not_be_used_meanwhile()
    {
        await Json("create-secret", "--name", At("deleted"), "--secret-string", "one");
        await Json("delete-secret", "--secret-id", At("deleted"), "--recovery-window-in-days", "7");

        var error = await Fails("InvalidRequestException", "get-secret-value", "--secret-id", At("deleted"));
        Assert.Contains("because it was marked for deletion", error, StringComparison.Ordinal);
        await Fails(
            "InvalidRequestException", "create-secret", "--name", At("deleted"), "--secret-string", "x");
        await Json("restore-secret", "--secret-id", At("deleted"));
        Assert.Equal("one", await Value("--secret-id", At("deleted")));
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
        await Fails(code, words);

    [Fact]
    public async Task Policy_for_everybody_is_refused_and_a_broken_one_too()
    {
        await Json("create-secret", "--name", At("policy"), "--secret-string", "one");
        const string open = """
            {"Statement":
              {"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}
            """;

        await Fails(
            "PublicPolicyException", "put-resource-policy", "--secret-id", At("policy"),
            "--resource-policy", open);
        await Fails(
            "MalformedPolicyDocumentException", "put-resource-policy", "--secret-id", At("policy"),
            "--resource-policy", "{}");
    }

    [Fact]
    public async Task List_filters_by_the_beginning_of_a_name()
    {
        await Json("create-secret", "--name", At("batch"), "--secret-string", "one");
        var listed = await Json("list-secrets", "--filters", $"Key=name,Values={_root}/bat");
        Assert.Equal(At("batch"), Assert.Single(listed.GetProperty("SecretList").EnumerateArray())
            .GetProperty("Name").GetString());
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var names = Enumerable.Range(0, 5).Select(i => $"{_root}/page/{i}").ToList();
        names.ForEach(name => ground.Vault.Create(name, "one"));

        var listed = await Json(
            "list-secrets", "--filters", $"Key=name,Values={_root}/page/", "--page-size", "2",
            "--sort-order", "asc");
        Assert.Equal(names, listed.GetProperty("SecretList").EnumerateArray()
            .Select(secret => secret.GetProperty("Name").GetString()!));
        // The CLI's own cut, and its token from there on.
        var first = await Json(
            "list-secrets", "--filters", $"Key=name,Values={_root}/page/", "--max-items", "3", "--page-size",
            "2");
        var rest = await Json(
            "list-secrets", "--filters", $"Key=name,Values={_root}/page/", "--page-size", "2",
            "--starting-token",
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
        ground.Vault.Create(At("shared"), "one");
        string Policy(string effect) => $$"""
            {"Statement":{"Effect":"{{effect}}","Principal":{"AWS":"{{arn}}" },
              "Action":"secretsmanager:GetSecretValue","Resource":"*"} }
            """;
        Task<FinishedProcess> Read() =>
            SecretsCli.Run(Aws, ground, guest, "get-secret-value", "--secret-id", At("shared"));

        Assert.Contains("(AccessDeniedException)", (await Read()).Errors, StringComparison.Ordinal);
        await Json("put-resource-policy", "--secret-id", At("shared"), "--resource-policy", Policy("Allow"));
        Assert.Contains("\"one\"", (await Read()).Output, StringComparison.Ordinal);
        await Json("put-resource-policy", "--secret-id", At("shared"), "--resource-policy", Policy("Deny"));
        Assert.Contains(
            "with an explicit deny in a resource-based policy", (await Read()).Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_is_described_tagged_and_given_a_policy_as_at_AWS()
    {
        string[] id = ["--secret-id", At("changed")];
        await Json("create-secret", "--name", At("changed"), "--secret-string", "one");
        await Json(["tag-resource", .. id, "--tags", "Key=team,Value=data", "Key=old,Value=x"]);
        await Json(["untag-resource", .. id, "--tag-keys", "old"]);
        await Json(["update-secret", .. id, "--description", "of the shop"]);
        const string policy = """
            {"Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:root"},
              "Action":"secretsmanager:DeleteSecret","Resource":"*"}}
            """;
        var valid = await Json("validate-resource-policy", "--resource-policy", policy);
        Assert.True(valid.GetProperty("PolicyValidationPassed").GetBoolean());
        await Json(["put-resource-policy", .. id, "--resource-policy", policy]);

        var described = await Json(["describe-secret", .. id]);
        Assert.Equal("of the shop", described.GetProperty("Description").GetString());
        Assert.Equal("team", Assert.Single(described.GetProperty("Tags").EnumerateArray())
            .GetProperty("Key").GetString());
        var kept = await Json(["get-resource-policy", .. id]);
        Assert.Contains("DeleteSecret", kept.GetProperty("ResourcePolicy").GetString());
        await Json(["delete-resource-policy", .. id]);
        Assert.False((await Json(["get-resource-policy", .. id])).TryGetProperty("ResourcePolicy", out _));
        await Json(["delete-secret", .. id, "--force-delete-without-recovery"]);
        await Fails("ResourceNotFoundException", ["describe-secret", .. id]);
    }

    [Fact]
    public async Task Versions_are_listed_moved_and_rotated_as_at_AWS()
    {
        string[] id = ["--secret-id", At("versions")];
        var made = await Json("create-secret", "--name", At("versions"), "--secret-string", "one");
        var first = made.GetProperty("VersionId").GetString()!;
        var put = await Json(["put-secret-value", .. id, "--secret-string", "two"]);
        var second = put.GetProperty("VersionId").GetString()!;

        await Json([
            "update-secret-version-stage", .. id, "--version-stage", "AWSCURRENT", "--move-to-version-id",
            first, "--remove-from-version-id", second,
        ]);
        Assert.Equal("one", await Value(id));
        var listed = await Json(["list-secret-version-ids", .. id]);
        Assert.Equal(
            new[] { first, second }.Order(), listed.GetProperty("Versions").EnumerateArray()
                .Select(version => version.GetProperty("VersionId").GetString()!).Order());

        // Nothing is changed now; what the rehearsal finds is its own affair.
        await Json([
            "rotate-secret", .. id, "--rotation-lambda-arn", "SingleUser", "--rotation-rules",
            "AutomaticallyAfterDays=30", "--no-rotate-immediately",
        ]);
        var rotating = await Json(["describe-secret", .. id]);
        Assert.True(rotating.GetProperty("RotationEnabled").GetBoolean());
        await Json(["cancel-rotate-secret", .. id]);
        Assert.False((await Json(["describe-secret", .. id])).TryGetProperty("RotationEnabled", out var on)
            && on.GetBoolean());
    }

    private string At(string name) => $"{_root}/{name}";

    private Task<JsonElement> Json(params string[] words) => SecretsCli.Json(Aws, ground, words);

    private Task<string> Fails(string code, params string[] words) =>
        SecretsCli.Fails(Aws, ground, code, words);

    private async Task<string> Value(params string[] words) =>
        (await Json(["get-secret-value", .. words])).GetProperty("SecretString").GetString()!;
}

public sealed class CurrentAwsCliTests(ApiGround ground) : AwsCliTests(ground, AwsCliKind.Current)
{
    private readonly ApiGround _ground = ground;

    /// <summary>The old one knows no such call.</summary>
    [Fact]
    public async Task Several_secrets_are_read_by_one_call()
    {
        _ground.Vault.Create("cli-batch/one", "1");
        _ground.Vault.Create("cli-batch/two", "2");

        var read = await SecretsCli.Json(
            _ground.Aws, _ground, "batch-get-secret-value", "--secret-id-list", "cli-batch/one",
            "cli-batch/two", "cli-batch/none");

        Assert.Equal(["1", "2"], read.GetProperty("SecretValues").EnumerateArray()
            .Select(value => value.GetProperty("SecretString").GetString()!).Order());
        Assert.Equal("ResourceNotFoundException", Assert.Single(read.GetProperty("Errors").EnumerateArray())
            .GetProperty("ErrorCode").GetString());
    }
}

public sealed class OldAwsCliTests(ApiGround ground) : AwsCliTests(ground, AwsCliKind.Distribution);
