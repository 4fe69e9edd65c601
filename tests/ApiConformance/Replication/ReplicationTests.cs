using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Vault;
using Xunit;

namespace Sento.Tests.ApiConformance.Replication;

/// <summary>
/// Copies of secrets in other regions: made, followed, refused to be changed, ended, promoted.
/// </summary>
public sealed class ReplicationTests(ReplicationGround ground, ApiGround api)
    : IClassFixture<ReplicationGround>
{
    private const string OfCopy =
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.";

    private readonly string _name = $"copied/{Guid.NewGuid():N}";

    [Fact]
    public async Task Copies_are_made_and_follow_their_secret_with_values_labels_tags_and_policy()
    {
        var policy = """
            {"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"aws:PrincipalTag/team":"none"}}}}
            """.ReplaceLineEndings("");
        var made = await Cli(
            "create-secret", "--name", _name, "--secret-string", "one", "--description", "first",
            "--tags", "Key=team,Value=a", "--add-replica-regions", $"Region={ReplicationGround.FolderRegion}",
            $"Region={ReplicationGround.NodeRegion},KmsKeyId=alias/there");
        Assert.Equal(2, made.GetProperty("ReplicationStatus").GetArrayLength());
        await Cli("put-resource-policy", "--secret-id", _name, "--resource-policy", policy);
        await Cli("put-secret-value", "--secret-id", _name, "--secret-string", "two");
        await Cli("put-secret-value", "--secret-id", _name, "--secret-string", "three",
            "--version-stages", "BLUE");

        var told = await InSync();
        Assert.Equal(VaultGround.Region, told.GetProperty("PrimaryRegion").GetString());

        var arn = told.GetProperty("ARN").GetString()!;
        foreach (var there in (VaultGround[])[ground.Folder, ground.Node])
        {
            var copy = there.Call("DescribeSecret", new { SecretId = _name });
            Assert.Equal(
                arn.Replace(VaultGround.Region, there.Vault.Region, StringComparison.Ordinal),
                copy.GetProperty("ARN").GetString());
            Assert.Equal(VaultGround.Region, copy.GetProperty("PrimaryRegion").GetString());
            foreach (var same in (string[])["VersionIdsToStages", "Tags", "Description", "CreatedDate"])
                Assert.True(JsonElement.DeepEquals(told.GetProperty(same), copy.GetProperty(same)), same);
            Assert.Equal("two", Value(there));
            Assert.Equal("one", Value(there, Stage.Previous));
            Assert.Equal("three", Value(there, "BLUE"));
            Assert.Equal(policy, there.Vault.Find(_name)!.ResourcePolicy);
        }
        var byCli = await Cli(
            ground.NodeUrl, ground.Node, "get-secret-value", "--secret-id", _name);
        Assert.Equal("two", byCli.GetProperty("SecretString").GetString());
        Assert.Equal(
            "alias/there", ground.Node.Call("DescribeSecret", new { SecretId = _name })
                .GetProperty("KmsKeyId").GetString());

        // By somebody at the machine, past the serving process.
        ground.Primary.Call("PutSecretValue", new
        {
            SecretId = _name,
            ClientRequestToken = VaultGround.NewToken(),
            SecretBinary = Convert.ToBase64String([0, 1, 255]),
        });
        await Eventually.Holds(() => ground.Node.Call("GetSecretValue", new { SecretId = _name })
            .TryGetProperty("SecretBinary", out var bytes) && bytes.GetString() == "AAH/");
        Assert.Equal("two", Value(ground.Node, Stage.Previous));
        Assert.DoesNotContain("three", ground.PrimaryProcess.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_is_changed_nowhere_but_at_its_secret()
    {
        await Copied();
        var id = new { SecretId = _name };
        var token = VaultGround.NewToken();
        (string Operation, object Body)[] calls =
        [
            ("PutSecretValue", new { SecretId = _name, ClientRequestToken = token, SecretString = "x" }),
            ("UpdateSecret", new { SecretId = _name, ClientRequestToken = token, SecretString = "x" }),
            ("UpdateSecret", new { SecretId = _name, ClientRequestToken = token, Description = "x" }),
            ("CreateSecret", new { Name = _name, ClientRequestToken = token, SecretString = "x" }),
            ("TagResource", new { SecretId = _name, Tags = new[] { new { Key = "a", Value = "b" } } }),
            ("UntagResource", new { SecretId = _name, TagKeys = new[] { "a" } }),
            ("PutResourcePolicy", new { SecretId = _name, ResourcePolicy = "{}" }),
            ("GetResourcePolicy", id), ("DeleteResourcePolicy", id),
            ("DeleteSecret", id), ("RestoreSecret", id), ("CancelRotateSecret", id),
            ("DeleteSecret", new { SecretId = _name, ForceDeleteWithoutRecovery = true }),
            ("RotateSecret", new { SecretId = _name, ClientRequestToken = token }),
            ("UpdateSecretVersionStage", new { SecretId = _name, VersionStage = "X" }),
            ("ReplicateSecretToRegions", new { SecretId = _name, AddReplicaRegions = Array.Empty<int>() }),
            ("RemoveRegionsFromReplication", new { SecretId = _name, RemoveReplicaRegions = new[] { "x" } }),
        ];
        foreach (var (operation, body) in calls)
        {
            var (status, answer) = await AtNode(operation, body).Send();
            Assert.True(status == 400, operation);
            Assert.Equal("InvalidParameterException", answer.GetProperty("__type").GetString());
            Assert.Equal(OfCopy, answer.GetProperty("Message").GetString());
        }
        Assert.Null(await AtNode(
            "UpdateSecret", new { SecretId = _name, ClientRequestToken = token, KmsKeyId = "mine" }).Code());
        Assert.Equal("one", Value(ground.Node));
    }

    [Fact]
    public async Task Region_that_is_removed_loses_its_copy_and_only_then_the_secret_can_go()
    {
        await Copied();
        Assert.Contains(
            "that still has replica regions [eu-west-1, us-east-1]",
            await CliFails("delete-secret", "--secret-id", _name), StringComparison.Ordinal);

        var left = await Cli(
            "remove-regions-from-replication", "--secret-id", _name, "--remove-replica-regions",
            ReplicationGround.NodeRegion);

        var status = Assert.Single(left.GetProperty("ReplicationStatus").EnumerateArray());
        Assert.Equal(ReplicationGround.FolderRegion, status.GetProperty("Region").GetString());
        await Eventually.Holds(() => ground.Node.Vault.Find(_name) is null);
        Assert.Equal("one", Value(ground.Folder));
        ground.Primary.Call("RemoveRegionsFromReplication", new
        {
            SecretId = _name,
            RemoveReplicaRegions = new[] { ReplicationGround.FolderRegion, ReplicationGround.NodeRegion },
        });
        await Eventually.Holds(() => ground.Primary.Vault.Find(_name)!.Replicas is { IsEmpty: true });
        Assert.Null(ground.Folder.Vault.Find(_name));
        ground.Primary.Call("DeleteSecret", new { SecretId = _name, ForceDeleteWithoutRecovery = true });
    }

    [Fact]
    public async Task Promoted_copy_is_a_secret_of_its_own_and_its_former_one_lets_it_be()
    {
        await Copied();
        var promoted = await Cli(
            ground.NodeUrl, ground.Node, "stop-replication-to-replica", "--secret-id", _name);
        Assert.Equal(ground.Node.Vault.Find(_name)!.Arn, promoted.GetProperty("ARN").GetString());
        Assert.Equal("InvalidRequestException", await AtNode(
            "StopReplicationToReplica", new { SecretId = _name }).Code());
        Put(ground.Node, "own");

        Put(ground.Primary, "two");

        await Eventually.Holds(() => Value(ground.Folder) == "two");
        await Eventually.Holds(() =>
            ground.Primary.Vault.Find(_name)!.Replicas is [{ Region: ReplicationGround.FolderRegion }]);
        Assert.Equal("own", Value(ground.Node));
        Assert.Equal("one", Value(ground.Node, Stage.Previous));
        ground.Node.Call("DeleteSecret", new { SecretId = _name });
    }

    [Fact]
    public async Task Another_secret_of_the_name_is_in_the_way_until_it_may_be_overwritten()
    {
        ground.Node.Create(_name, "another");
        ground.Primary.Create(_name, "one");
        Replicate();

        await Eventually.Holds(() => Status() is var status
            && status[ReplicationGround.NodeRegion] == "Failed"
            && status[ReplicationGround.FolderRegion] == "InSync");
        Assert.Contains(
            $"Secret name {_name} already exists in region us-east-1.", Described().ToString(),
            StringComparison.Ordinal);
        Assert.Equal("another", Value(ground.Node));
        Assert.Equal("one", Value(ground.Folder));

        Replicate(overwrites: true);
        await InSync();
        Assert.Equal("one", Value(ground.Node));
    }

    [Fact]
    public async Task Region_that_does_not_answer_holds_up_no_other()
    {
        ground.Primary.Create(_name, "one");
        Replicate(regions: ["ap-south-1", ReplicationGround.NodeRegion]);

        await Eventually.Holds(() =>
            Status() is var status && status["ap-south-1"] == "Failed" && status["us-east-1"] == "InSync");
        Assert.Equal("one", Value(ground.Node));
        await ground.PrimaryProcess.WaitForLog("127.0.0.1:1 can't be reached");
    }

    [Theory]
    [InlineData("eu-central-1")]
    [InlineData("mars-north-1")]
    public async Task Own_region_and_one_that_nobody_has_configured_are_invalid(string region) =>
        Assert.Contains("Invalid replica region.", await CliFails(
            "create-secret", "--name", _name, "--secret-string", "one", "--add-replica-regions",
            $"Region={region}"), StringComparison.Ordinal);

    [Fact]
    public async Task List_finds_copies_by_the_region_of_their_secret()
    {
        await Copied();
        foreach (var (url, there) in ((Uri, VaultGround)[])
            [(ground.PrimaryUrl, ground.Primary), (ground.NodeUrl, ground.Node)])
        {
            var found = await Cli(
                url, there, "list-secrets", "--filters", $"Key=name,Values={_name}",
                "Key=primary-region,Values=eu-central-1");
            Assert.Single(found.GetProperty("SecretList").EnumerateArray());
        }
    }

    /// <summary>Reading and changing every secret is not bringing copies of what they like.</summary>
    [Fact]
    public async Task Copies_are_brought_only_by_whom_a_policy_lets_and_only_from_where_they_say()
    {
        var manager = ground.Node.AddUser($"manager-{Guid.NewGuid():N}", """
            {"Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}}
            """);
        RawRequest Bring(string arn, string name, string region = ReplicationGround.NodeRegion) =>
            AtNode("PutReplica", new { PrimaryARN = arn, Name = name, Region = region }) with
            {
                Target = "sento",
            };
        var good = $"arn:aws:secretsmanager:eu-central-1:{VaultGround.Account}:secret:{_name}-AbCdEf";

        Assert.Equal(
            "AccessDeniedException", await (Bring(good, _name) with { Key = manager }).Code());
        foreach (var wrong in (RawRequest[])
        [
            Bring(good.Replace(VaultGround.Account, "999999999999"), _name),
            Bring(good.Replace("eu-central-1", "us-east-1"), _name),
            Bring(good, _name, "eu-west-1"), Bring(good, "other"), Bring(good + "x", _name),
            Bring(good.Replace("secretsmanager", "iam"), _name), Bring(_name, _name),
        ])
        {
            Assert.Equal("InvalidParameterException", await wrong.Code());
        }
        Assert.Null(ground.Node.Vault.Find(_name));
    }

    /// <summary>To make a secret is not to copy it, and not to overwrite what bears its name there.</summary>
    [Theory]
    [InlineData("""{"Effect":"Deny","Action":"secretsmanager:ReplicateSecretToRegions","Resource":"*"}""")]
    [InlineData("""
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":
        {"Bool":{"secretsmanager:ForceOverwriteReplicaSecret":"true"}}}
        """)]
    [InlineData("""
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":
        {"ForAnyValue:StringLike":{"secretsmanager:AddReplicaRegions":"us-*"}}}
        """)]
    [InlineData("""
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":
        {"Null":{"secretsmanager:AddReplicaRegions":"false"}}}
        """)]
    public async Task Copies_are_made_only_for_whom_policies_let_make_these(string deny)
    {
        var key = ground.Primary.AddUser(
            $"maker-{Guid.NewGuid():N}",
            $$"""{"Statement":[{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},{{deny}}]}""");
        ground.Node.Create(_name, "another");
        RawRequest By(string operation, string name, string more) => new()
        {
            Url = ground.PrimaryUrl,
            Key = key,
            Operation = operation,
            Body = $$"""
                {"{{name}}":"{{_name}}","ClientRequestToken":"{{VaultGround.NewToken()}}"{{more}}}
                """,
        };
        const string copied = """
            ,"AddReplicaRegions":[{"Region":"eu-west-1"},{"Region":"us-east-1"}],
            "ForceOverwriteReplicaSecret":true
            """;

        Assert.Equal("AccessDeniedException", await By("CreateSecret", "Name", copied).Code());
        Assert.Null(ground.Primary.Vault.Find(_name));
        Assert.Null(await By("CreateSecret", "Name", ",\"SecretString\":\"one\"").Code());
        Assert.Equal(
            "AccessDeniedException", await By("ReplicateSecretToRegions", "SecretId", copied).Code());

        Assert.Null(ground.Primary.Vault.Find(_name)!.Replicas);
        Assert.Equal("another", Value(ground.Node));
    }

    /// <summary>A copy in both regions, up to date.</summary>
    private async Task Copied()
    {
        ground.Primary.Create(_name, "one");
        Replicate();
        await InSync();
    }

    private void Replicate(bool overwrites = false, params string[] regions)
    {
        if (regions.Length == 0)
            regions = [ReplicationGround.FolderRegion, ReplicationGround.NodeRegion];
        ground.Primary.Call("ReplicateSecretToRegions", new
        {
            SecretId = _name,
            AddReplicaRegions = regions.Select(region => new { Region = region }),
            ForceOverwriteReplicaSecret = overwrites,
        });
    }

    private async Task<JsonElement> InSync()
    {
        await Eventually.Holds(() => Status().Values.All(status => status == "InSync"));
        return Described();
    }

    private JsonElement Described() => ground.Primary.Call("DescribeSecret", new { SecretId = _name });

    private Dictionary<string, string> Status() =>
        Described().GetProperty("ReplicationStatus").EnumerateArray().ToDictionary(
            copy => copy.GetProperty("Region").GetString()!, copy => copy.GetProperty("Status").GetString()!);

    private void Put(VaultGround vault, string value) => vault.Call("PutSecretValue", new
    {
        SecretId = _name,
        ClientRequestToken = VaultGround.NewToken(),
        SecretString = value,
    });

    private string Value(VaultGround vault, string stage = Stage.Current) => vault.Call(
        "GetSecretValue", new { SecretId = _name, VersionStage = stage })
        .GetProperty("SecretString").GetString()!;

    private RawRequest AtNode(string operation, object body) => new()
    {
        Url = ground.NodeUrl,
        Key = ground.Node.Administrator,
        Region = ReplicationGround.NodeRegion,
        Operation = operation,
        Body = JsonSerializer.Serialize(body),
    };

    private Task<JsonElement> Cli(params string[] words) => Cli(ground.PrimaryUrl, ground.Primary, words);

    private async Task<JsonElement> Cli(Uri url, VaultGround vault, params string[] words)
    {
        var result = await Run(url, vault, words);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', words)}: {result.Errors}");
        return result.Output.Trim().Length == 0 ? default : JsonDocument.Parse(result.Output).RootElement;
    }

    private async Task<string> CliFails(params string[] words)
    {
        var result = await Run(ground.PrimaryUrl, ground.Primary, words);
        Assert.NotEqual(0, result.ExitCode);
        return result.Errors;
    }

    private Task<FinishedProcess> Run(Uri url, VaultGround vault, string[] words) => api.Aws.Run(
        new Dictionary<string, string?>(SecretsCli.Environment(vault.Administrator))
        {
            ["AWS_DEFAULT_REGION"] = vault.Vault.Region,
        },
        ["secretsmanager", .. words, "--endpoint-url", url.ToString(), "--output", "json"]);
}
