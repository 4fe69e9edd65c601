using System.Globalization;
using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;

namespace Sento.Tests.ApiConformance;

/// <summary>Who should not get in, does not; and what is too much is refused.</summary>
public sealed class ThreatTests(ApiGround ground)
{
    private readonly string _name = $"threat/{Guid.NewGuid():N}";

    [Fact]
    public async Task Without_a_signature_nothing_is_answered() =>
        Assert.Equal("MissingAuthenticationTokenException", await (Read() with { IsSigned = false }).Code());

    [Fact]
    public async Task Foreign_key_is_refused() => Assert.Equal(
        "UnrecognizedClientException",
        await (Read() with { Key = Administrator with { Id = "AKIAIOSFODNN7EXAMPLE" } }).Code());

    [Fact]
    public async Task Wrong_secret_is_refused() => Assert.Equal(
        "InvalidSignatureException",
        await (Read() with { Key = Administrator with { Secret = "x" } }).Code());

    [Fact]
    public async Task Deleted_and_inactive_keys_are_refused_at_the_next_request()
    {
        var key = ground.Vault.AddUser($"leaver-{Guid.NewGuid():N}", IdentityStore.AdministratorPolicy);
        Assert.Null(await (Read() with { Key = key }).Code());
        ground.Vault.Identities.SetActive(key.Id, isActive: false);
        Assert.Equal("UnrecognizedClientException", await (Read() with { Key = key }).Code());
        ground.Vault.Identities.SetActive(key.Id, isActive: true);
        Assert.Null(await (Read() with { Key = key }).Code());
        ground.Vault.Identities.RemoveKey(key.Id);
        Assert.Equal("UnrecognizedClientException", await (Read() with { Key = key }).Code());
    }

    [Theory]
    [InlineData(-6)]
    [InlineData(6)]
    public async Task Clock_off_by_more_than_five_minutes_is_refused(int minutes) => Assert.Equal(
        "InvalidSignatureException",
        await (Read() with { Time = DateTimeOffset.UtcNow.AddMinutes(minutes) }).Code());

    [Fact]
    public async Task Old_request_sent_again_is_refused()
    {
        var recorded = Read() with { Time = DateTimeOffset.UtcNow.AddMinutes(-20) };

        Assert.Equal("InvalidSignatureException", await recorded.Code());
    }

    [Fact]
    public async Task Changed_body_wrong_region_and_wrong_service_are_refused()
    {
        var request = Read();

        var changed = request with { SentBody = request.Body + " " };
        Assert.Equal("InvalidSignatureException", await changed.Code());
        Assert.Equal("InvalidSignatureException", await (request with { Region = "us-east-1" }).Code());
        Assert.Equal("InvalidSignatureException", await (request with { Service = "rds" }).Code());
    }

    [Fact]
    public async Task Without_a_policy_nothing_is_allowed_and_an_explicit_deny_wins()
    {
        const string deny = """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},
              {"Effect":"Deny","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}
            """;
        var nobody = ground.Vault.AddUser($"nobody-{Guid.NewGuid():N}", null);
        var denied = ground.Vault.AddUser($"denied-{Guid.NewGuid():N}", deny);

        Assert.Equal("AccessDeniedException", await (Read() with { Key = nobody }).Code());
        Assert.Equal("AccessDeniedException", await (Read() with { Key = denied }).Code());
        Assert.Null(await (Read() with { Key = denied, Operation = "DescribeSecret" }).Code());
    }

    /// <summary>Those that no policy is in the way of are refused for another reason.</summary>
    [Theory]
    [InlineData("RotateImmediately", "", "\"RotateImmediately\":false")]
    [InlineData(
        "ModifyRotationRules", "\"RotationRules\":{\"AutomaticallyAfterDays\":3}",
        "\"RotateImmediately\":true")]
    public async Task Conditions_see_how_a_secret_is_to_be_rotated(string key, string denied, string allowed)
    {
        var rotator = ground.Vault.AddUser($"rotator-{Guid.NewGuid():N}", $$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},
              {"Effect":"Deny","Action":"secretsmanager:RotateSecret","Resource":"*",
               "Condition":{"Bool":{"secretsmanager:{{key}}":"true"
              } } }]}
            """);
        RawRequest Rotate(string how) => Read() with
        {
            Key = rotator,
            Operation = "RotateSecret",
            Body = $$"""
                {"SecretId":"{{_name}}","ClientRequestToken":"{{VaultGround.NewToken()}}"
                {{(how.Length == 0 ? "" : "," + how)}}}
                """,
        };

        Assert.Equal("AccessDeniedException", await Rotate(denied).Code());
        Assert.Equal("InvalidRequestException", await Rotate(allowed).Code());
    }

    [Fact]
    public async Task Key_that_a_request_asks_for_is_judged_not_the_one_that_the_secret_has()
    {
        var changer = ground.Vault.AddUser($"changer-{Guid.NewGuid():N}", """
            {"Version":"2012-10-17","Statement":{
              "Effect":"Allow","Action":"secretsmanager:UpdateSecret","Resource":"*",
              "Condition":{"StringEquals":{"secretsmanager:KmsKeyId":"alias/ours"}}}}
            """);
        RawRequest Change(string key) => Read() with
        {
            Key = changer,
            Operation = "UpdateSecret",
            Body = JsonSerializer.Serialize(new
            {
                SecretId = _name,
                ClientRequestToken = VaultGround.NewToken(),
                KmsKeyId = key,
            }),
        };

        Assert.Null(await Change("alias/ours").Code());
        Assert.Equal("AccessDeniedException", await Change("alias/theirs").Code());
        Assert.Equal("alias/ours", ground.Vault.Vault.Find(_name)!.KmsKeyId);
    }

    [Fact]
    public async Task Who_may_not_read_does_not_learn_what_exists()
    {
        var nobody = ground.Vault.AddUser($"curious-{Guid.NewGuid():N}", null);
        var missing = Read() with { Key = nobody, Body = """{"SecretId":"never/made"}""" };

        Assert.Equal("AccessDeniedException", await missing.Code());
    }

    [Fact]
    public void Review_names_every_user_and_role_that_can_read_with_the_statement_that_lets_them()
    {
        var (role, user) = ($"reader-{Guid.NewGuid():N}"[..30], $"reader-{Guid.NewGuid():N}");
        const string read = """
            {"Statement":[{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*"}]}
            """;
        const string nobody = """
            {"Statement":{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"AWS":"123456789012"}}}
            """;
        ground.Vault.Create(_name, "value");
        ground.Vault.AddUser(user, read);
        ground.Vault.AddUser($"other-{Guid.NewGuid():N}", null);
        ground.Vault.Identities.AddRole(role, nobody, 3600, DateTimeOffset.UtcNow);
        ground.Vault.Identities.ChangeRole(
            role, "PutRolePolicy", record => record with { Policies = [new PolicyRecord("read", read)] });
        var (shared, member) = ($"shared-{Guid.NewGuid():N}", $"member-{Guid.NewGuid():N}");
        var managed = new ManagedPolicies(ground.Vault.Identities);
        managed.Create(shared, read, null, DateTimeOffset.UtcNow);
        ground.Vault.AddUser(member, null);
        managed.Attach(shared, new PolicyHolder(PolicyHolderKind.User, member));

        var readers = AccessReview.Readers(
            ground.Vault.Vault, ground.Vault.Identities, ground.Vault.Vault.Find(_name)!,
            DateTimeOffset.UtcNow);

        Assert.Contains(
            ($"arn:aws:iam::123456789012:role/{role}", $"policy read of role {role}, statement 1"), readers);
        Assert.Contains(
            ($"arn:aws:iam::123456789012:user/{user}", $"policy given of user {user}, statement 1"), readers);
        Assert.Contains(
            ($"arn:aws:iam::123456789012:user/{member}",
                $"policy {shared} attached to user {member}, statement 1"), readers);
        Assert.DoesNotContain(
            readers, reader => reader.Principal.Contains("other", StringComparison.Ordinal));
        Assert.Contains(
            $"policy {shared}, statement 1: reads every secret, also those to come",
            AccessReview.CheckAll(ground.Vault.Vault, ground.Vault.Identities));
        Assert.Contains(
            $"policy read of role {role}, statement 1: reads every secret, also those to come",
            AccessReview.CheckAll(ground.Vault.Vault, ground.Vault.Identities));
    }

    [Fact]
    public async Task Value_of_64_KiB_is_kept_and_one_byte_more_is_refused()
    {
        var longest = new string('é', 32_768);

        Assert.Null(await (Create(longest) with { Operation = "CreateSecret" }).Code());
        Assert.Equal("ValidationException", await Create(longest + "x").Code());
        var value = ground.Vault.Call("GetSecretValue", new { SecretId = _name }).GetProperty("SecretString");
        Assert.Equal(longest, value.GetString());
    }

    /// <summary>A name is a name: it leads to no file, and to no other row.</summary>
    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/../..")]
    [InlineData("..")]
    [InlineData("a--b")]
    [InlineData("_____")]
    public async Task Name_that_looks_like_a_path_or_a_pattern_is_only_itself(string name)
    {
        var other = name.Replace('_', 'x').Replace('.', 'x').Replace('-', 'x');
        ground.Vault.Create(other, "of another");
        ground.Vault.Create(name, "its own");
        RawRequest On(string operation, string more = "") => Read() with
        {
            Operation = operation,
            Body = $$"""{"SecretId":"{{name}}"{{more}}}""",
        };

        var (_, read) = await On("GetSecretValue").Send();
        Assert.Equal("its own", read.GetProperty("SecretString").GetString());
        Assert.Null(await On("DeleteSecret", ",\"ForceDeleteWithoutRecovery\":true").Code());
        Assert.Null(ground.Vault.Vault.Find(name));
        Assert.NotNull(ground.Vault.Vault.Find(other));
    }

    [Theory]
    [InlineData("GetSecretValue")]
    [InlineData("PutSecretValue")]
    [InlineData("UpdateSecret")]
    [InlineData("DescribeSecret")]
    [InlineData("DeleteSecret")]
    [InlineData("RestoreSecret")]
    [InlineData("TagResource")]
    [InlineData("RotateSecret")]
    [InlineData("ListSecretVersionIds")]
    [InlineData("GetResourcePolicy")]
    public async Task Sql_in_a_name_is_refused_by_every_operation(string operation)
    {
        Read();
        foreach (var name in new[] { "a' OR '1'='1", "x'; DROP TABLE secrets; --", "%", "a\u0000b" })
        {
            var request = Read() with
            {
                Operation = operation,
                Body = JsonSerializer.Serialize(new
                {
                    SecretId = name,
                    ClientRequestToken = VaultGround.NewToken(),
                    SecretString = "x",
                    Tags = Array.Empty<string>(),
                }),
            };
            Assert.Equal("ValidationException", await request.Code());
        }
        Assert.NotNull(ground.Vault.Vault.Find(_name));
    }

    [Theory]
    [InlineData("not json", "SerializationException")]
    [InlineData("[]", "SerializationException")]
    [InlineData("""{"SecretId":1}""", "SerializationException")]
    [InlineData("""{"SecretId":"\ud800"}""", "SerializationException")]
    [InlineData("""{"SecretId":"a","\ud800":1}""", "SerializationException")]
    [InlineData("""{"SecretId":"a","SecretBinary":"\udc00"}""", "SerializationException")]
    [InlineData("""{"SecretId":"a","SecretId":"b"}""", "SerializationException")]
    [InlineData("{}", "ValidationException")]
    public async Task Broken_body_is_refused(string body, string code) =>
        Assert.Equal(code, await (Read() with { Body = body }).Code());

    [Fact]
    public async Task Unknown_operation_is_refused() =>
        Assert.Equal("UnknownOperationException", await (Read() with { Operation = "GetAllSecrets" }).Code());

    /// <summary>
    /// Each round kills the process while somebody writes; what was acknowledged must be there.
    /// </summary>
    [Fact]
    public async Task Killed_process_loses_nothing_that_it_acknowledged()
    {
        using var vault = new VaultGround();
        vault.Create("counter", "0");
        var acknowledged = 0;
        for (var round = 0; round < 4; round++)
        {
            await using var sento = await ApiProcess.Start(vault);
            var url = new Uri($"http://127.0.0.1:{sento.AdminPort}/");
            var writes = 10 + (round * 7);
            var writing = WriteUntilKilled(
                url, vault.Administrator, acknowledged + 1, number => acknowledged = number);
            var goal = acknowledged + writes;
            await Eventually.Holds(() => acknowledged >= goal);
            sento.Signal(9);
            await writing;
            var value = vault.Call("GetSecretValue", new { SecretId = "counter" });
            var text = value.GetProperty("SecretString").GetString()!;
            var found = int.Parse(text, CultureInfo.InvariantCulture);
            Assert.InRange(found, acknowledged, acknowledged + 1);
            acknowledged = found;
            var record = vault.Vault.Find("counter")!;
            Assert.Single(record.Versions, version => version.Has("AWSCURRENT"));
            Assert.Single(record.Versions, version => version.Has("AWSPREVIOUS"));
            Assert.Null(vault.Vault.Audit.Verify(out _));
        }
    }

    private static async Task WriteUntilKilled(
        Uri url, AccessKeyRecord key, int first, Action<int> acknowledge)
    {
        for (var number = first; ; number++)
        {
            var request = new RawRequest
            {
                Url = url,
                Key = key,
                Operation = "PutSecretValue",
                Body = JsonSerializer.Serialize(new
                {
                    SecretId = "counter",
                    ClientRequestToken = VaultGround.NewToken(),
                    SecretString = number.ToString(CultureInfo.InvariantCulture),
                }),
            };
            try
            {
                if (await request.Code() is not null)
                    return;
                acknowledge(number);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private AccessKeyRecord Administrator => ground.Vault.Administrator;

    private RawRequest Read()
    {
        if (ground.Vault.Vault.Find(_name) is null)
            ground.Vault.Create(_name, "value");
        return new RawRequest
        {
            Url = ground.Url,
            Key = Administrator,
            Operation = "GetSecretValue",
            Body = JsonSerializer.Serialize(new { SecretId = _name }),
        };
    }

    private RawRequest Create(string value) => new()
    {
        Url = ground.Url,
        Key = Administrator,
        Operation = "CreateSecret",
        Body = JsonSerializer.Serialize(new
        {
            Name = _name,
            ClientRequestToken = VaultGround.NewToken(),
            SecretString = value,
        }),
    };
}
