using System.Text.Json;
using Npgsql;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Sento.Tests.Support.Identities;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Iam;

/// <summary>
/// Web identity tokens, of an issuer on this machine that speaks OpenID Connect: as passwords, and for
/// AssumeRoleWithWebIdentity by stock tools.
/// </summary>
public sealed class WebIdentityTests(IamGround ground)
{
    private const string Connect = """
        {"Statement":{"Effect":"Allow","Action":"rds-db:connect",
          "Resource":"arn:aws:rds-db:eu-central-1:123456789012:dbuser:prx-shop/app"}}
        """;

    private SentoProcess Proxy => ground.Proxy;

    private TestIssuer Issuer => ground.Issuer;

    [Fact]
    public async Task Token_signs_in_and_the_log_says_whose_it_is()
    {
        Assert.Equal("app", await IamGround.WhoAmI(Proxy, Issuer.Token()));
        Assert.Equal("app", await IamGround.WhoAmI(Proxy, Issuer.Token(algorithm: "ES256")));
        Assert.Equal("either", await IamGround.WhoAmI(Proxy, Issuer.Token(), "either"));

        await Proxy.WaitForLog(
            $"web identity system:serviceaccount:shop:web of {Issuer.Url}, principal "
            + "arn:aws:iam::123456789012:user/fn: by policy connect of user fn, statement 1.");
    }

    [Fact]
    public async Task Refused_token_sounds_like_any_other_and_the_log_says_why()
    {
        using var stranger = new TestIssuer();
        await AssertRefused(Issuer.Token(age: TimeSpan.FromMinutes(12)), "Expired");
        await AssertRefused(Issuer.Token(audience: "sts.amazonaws.com"), "AudienceWrong");
        await AssertRefused(Issuer.Token("system:serviceaccount:other:web"), "UserUnmapped");
        await AssertRefused(stranger.Token(), "IssuerUnknown");
        await AssertRefused(stranger.Token(more: new() { ["iss"] = Issuer.Url }), "SignatureWrong");
        await AssertRefused(
            Issuer.Sign("""{"iss":"x"}""", header: """{"alg":"none"}""") + new string('A', 64),
            "IssuerUnknown");
        await AssertRefused(Issuer.Token(more: new() { ["x"] = new string('x', 20_000) }), "TooLong");
        Assert.Equal(0, stranger.Questions);
        Assert.DoesNotContain(Issuer.Token()[..40], Proxy.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_where_tokens_are_disabled_is_a_wrong_password()
    {
        var error = await Fails(Proxy, Issuer.Token(), "plain");

        Assert.Equal("password authentication failed for user \"plain\"", error.MessageText);
    }

    [Fact]
    public async Task Keys_that_change_are_asked_for_once_and_outlive_an_issuer_that_is_out()
    {
        using var issuer = new TestIssuer();
        await using var proxy = await ground.Start(
            text => text.Replace(Issuer.Url, issuer.Url, StringComparison.Ordinal));
        Assert.Equal("app", await IamGround.WhoAmI(proxy, issuer.Token()));
        var before = issuer.Token();

        issuer.ChangeKeys();

        await Eventually.Holds(async () => await LetsIn(proxy, issuer.Token()));
        Assert.Equal("28P01", (await Fails(proxy, before)).SqlState);
        issuer.IsOut = true;
        var asked = issuer.Questions;
        await Parallel.ForAsync(0, 20, async (_, _) =>
        {
            var unknown = issuer.Sign(
                "{\"iss\":\"" + issuer.Url + "\"}", header: """{"alg":"RS256","kid":"?"}""");
            Assert.Equal("28P01", (await Fails(proxy, unknown)).SqlState);
        });
        Assert.InRange(issuer.Questions - asked, 0, 3);
        Assert.Equal("app", await IamGround.WhoAmI(proxy, issuer.Token()));
    }

    [Fact]
    public async Task Issuer_that_says_it_is_another_is_not_believed()
    {
        using var issuer = new TestIssuer { NamedIssuer = "https://another.example" };
        await using var proxy = await ground.Start(
            text => text.Replace(Issuer.Url, issuer.Url, StringComparison.Ordinal));

        Assert.Equal("28P01", (await Fails(proxy, issuer.Token())).SqlState);

        await proxy.WaitForLog("its discovery document names another issuer");
        Assert.Equal(0, issuer.Questions);
    }

    [Fact]
    public async Task Keys_of_a_file_need_nobody_to_be_asked()
    {
        using var issuer = new TestIssuer("https://issuer.example");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, issuer.KeySet());
        await using var proxy = await ground.Start(text => text.Replace(
            $"Issuer: {Issuer.Url}", $"Issuer: {issuer.Url}\n      JwksFile: {file}",
            StringComparison.Ordinal));

        Assert.Equal("app", await IamGround.WhoAmI(proxy, issuer.Token()));
        File.Delete(file);
    }

    [Fact]
    public async Task Role_is_assumed_with_a_token_by_the_stock_cli_and_its_keys_sign_in()
    {
        var role = NewRole(Issuer, $"\"{Issuer.Name}:sub\":\"system:serviceaccount:shop:web\"");

        using var answer = await Assume(role, Issuer.Token());

        var given = answer.RootElement.GetProperty("Credentials");
        Assert.Equal(
            "system:serviceaccount:shop:web",
            answer.RootElement.GetProperty("SubjectFromWebIdentityToken").GetString());
        Assert.Equal("sento", answer.RootElement.GetProperty("Audience").GetString());
        Assert.EndsWith($"assumed-role/{role}/job", answer.RootElement.GetProperty("AssumedRoleUser")
            .GetProperty("Arn").GetString(), StringComparison.Ordinal);
        var token = IamGround.Token(
            ground.Sts, keyId: given.GetProperty("AccessKeyId").GetString()!,
            secret: given.GetProperty("SecretAccessKey").GetString()!,
            sessionToken: given.GetProperty("SessionToken").GetString());
        Assert.Equal("app", await IamGround.WhoAmI(ground.Sts, token));
    }

    /// <summary>As a pod does it: the SDK finds the token's file and the role in the environment.</summary>
    [Fact]
    public async Task Javascript_sdk_needs_a_file_with_a_token_and_nothing_else()
    {
        var role = NewRole(Issuer, $"\"{Issuer.Name}:sub\":\"system:serviceaccount:shop:web\"");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Issuer.Token());

        var finished = await GuardedProcess.Run(
            new Recipe("node", SourceTree.At("tests", "Iam", "node", "token.mjs"))
            {
                Environment = new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = null,
                    ["AWS_SECRET_ACCESS_KEY"] = null,
                    ["AWS_WEB_IDENTITY_TOKEN_FILE"] = file,
                    ["AWS_ROLE_ARN"] = $"arn:aws:iam::123456789012:role/{role}",
                    ["AWS_ENDPOINT_URL_STS"] = $"http://127.0.0.1:{ground.Sts.AdminPort}",
                    ["AWS_REGION"] = IamGround.Region,
                    ["PGHOST"] = ground.Sts.Host,
                    ["PGPORT"] = $"{ground.Sts.Port}",
                    ["PGUSER"] = "app",
                    ["PGDATABASE"] = "app",
                },
            },
            TimeSpan.FromMinutes(2));

        File.Delete(file);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        Assert.Equal("app", finished.Output.Trim());
    }

    [Fact]
    public async Task Role_is_not_assumed_by_whom_it_does_not_trust()
    {
        using var stranger = new TestIssuer();
        var role = NewRole(Issuer, $"\"{Issuer.Name}:sub\":\"repo:acme/shop:ref:refs/heads/main\"");

        await AssumeFails(role, Issuer.Token("repo:acme/shop:pull_request"), "AccessDenied");
        await AssumeFails("absent", Issuer.Token("repo:acme/shop:ref:refs/heads/main"), "AccessDenied");
        await AssumeFails(role, Issuer.Token(age: TimeSpan.FromMinutes(12)), "ExpiredTokenException");
        await AssumeFails(role, Issuer.Token(audience: "elsewhere"), "InvalidIdentityToken");
        await AssumeFails(role, stranger.Token(), "InvalidIdentityToken");
        await AssumeFails(role, "nonsense", "InvalidIdentityToken");
        (await Assume(role, Issuer.Token("repo:acme/shop:ref:refs/heads/main"))).Dispose();
        var lines = Sento.Vault.Auditing.AuditLog.Read(ground.Vault.Audit.Path)
            .Where(line => line.Operation == "AssumeRoleWithWebIdentity").ToList();
        foreach (var outcome in (string[])["denied", "done", "ExpiredTokenException", "InvalidIdentityToken"])
            Assert.Contains(lines, line => line.Outcome == outcome);
        Assert.Contains(lines, line => line.Outcome == "done" && line.Principal
            == $"arn:aws:iam::123456789012:oidc-provider/{Issuer.Name} repo:acme/shop:ref:refs/heads/main");
    }

    [Fact]
    public async Task Provider_made_by_the_stock_cli_is_trusted_until_it_is_deleted()
    {
        using var issuer = new TestIssuer();
        var role = NewRole(issuer, $"\"{issuer.Name}:aud\":\"mine\"");
        await AssumeFails(role, issuer.Token(audience: "mine"), "InvalidIdentityToken");

        var made = await Iam(
            "create-open-id-connect-provider", "--url", issuer.Url, "--client-id-list", "first", "mine",
            "--thumbprint-list", new string('a', 40));
        var arn = made.GetProperty("OpenIDConnectProviderArn").GetString()!;
        Assert.Equal($"arn:aws:iam::123456789012:oidc-provider/{issuer.Name}", arn);
        (await Assume(role, issuer.Token(audience: "mine"))).Dispose();
        Assert.Contains(
            arn, (await Iam("list-open-id-connect-providers")).ToString(), StringComparison.Ordinal);

        await Iam(
            "remove-client-id-from-open-id-connect-provider", "--open-id-connect-provider-arn", arn,
            "--client-id", "mine");
        await AssumeFails(role, issuer.Token(audience: "mine"), "InvalidIdentityToken");
        await Iam(
            "add-client-id-to-open-id-connect-provider", "--open-id-connect-provider-arn", arn, "--client-id",
            "mine");
        var told = await Iam("get-open-id-connect-provider", "--open-id-connect-provider-arn", arn);
        Assert.Equal(["first", "mine"], told.GetProperty("ClientIDList").EnumerateArray()
            .Select(id => id.GetString()!));
        await Iam("delete-open-id-connect-provider", "--open-id-connect-provider-arn", arn);
        await AssumeFails(role, issuer.Token(audience: "mine"), "InvalidIdentityToken");
    }

    private string NewRole(TestIssuer issuer, string condition)
    {
        var name = $"web-{Guid.NewGuid():N}"[..20];
        ground.Identities.AddRole(name, $$"""
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
              "Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/{{issuer.Name}}"},
              "Condition":{"StringEquals":{ {{condition}} } } } }
            """, 3600, DateTimeOffset.UtcNow);
        ground.Identities.ChangeRole(name, "PutRolePolicy", role => role with
        {
            Policies = [new PolicyRecord("connect", Connect)],
        });
        return name;
    }

    private async Task<JsonDocument> Assume(string role, string token)
    {
        var finished = await RunAssume(role, token);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return JsonDocument.Parse(finished.Output);
    }

    private async Task AssumeFails(string role, string token, string code)
    {
        var finished = await RunAssume(role, token);
        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains($"({code})", finished.Errors, StringComparison.Ordinal);
    }

    /// <summary>Without any key: nothing signs it.</summary>
    private Task<FinishedProcess> RunAssume(string role, string token) => Run(
        new Dictionary<string, string?> { ["AWS_DEFAULT_REGION"] = IamGround.Region },
        "sts", "assume-role-with-web-identity", "--role-arn", $"arn:aws:iam::123456789012:role/{role}",
        "--role-session-name", "job", "--web-identity-token", token);

    private async Task<JsonElement> Iam(params string[] words)
    {
        var key = Administrator();
        var finished = await Run(
            new Dictionary<string, string?>
            {
                ["AWS_DEFAULT_REGION"] = IamGround.Region,
                ["AWS_ACCESS_KEY_ID"] = key.Id,
                ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
            },
            ["iam", .. words]);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return finished.Output.Trim().Length == 0 ? default : JsonDocument.Parse(finished.Output).RootElement;
    }

    private AccessKeyRecord Administrator()
    {
        const string name = "web-admin";
        if (ground.Identities.Document.Find(name) is { } known)
            return known.Keys[0];
        ground.Identities.AddUser(
            name, [new PolicyRecord("all", IdentityStore.AdministratorPolicy)], DateTimeOffset.UtcNow);
        return ground.Identities.AddKey(name, DateTimeOffset.UtcNow);
    }

    private Task<FinishedProcess> Run(Dictionary<string, string?> environment, params string[] words) =>
        ground.Aws.Run(
            environment,
            ["--endpoint-url", $"http://127.0.0.1:{ground.Sts.AdminPort}", "--output", "json", .. words]);

    private async Task AssertRefused(string password, string why)
    {
        var error = await Fails(Proxy, password);
        Assert.Equal("28P01", error.SqlState);
        Assert.StartsWith("The IAM authentication failed for the role app.", error.MessageText);
        await Eventually.Holds(() => Proxy.Log.Split('\n').Any(line =>
            line.Contains("IAM token refused for user \"app\"", StringComparison.Ordinal)
            && line.Contains(why, StringComparison.Ordinal)));
    }

    private static Task<PostgresException> Fails(SentoProcess proxy, string password, string user = "app") =>
        Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(proxy, password, user));

    private static async Task<bool> LetsIn(SentoProcess proxy, string password)
    {
        try
        {
            return await IamGround.WhoAmI(proxy, password) == "app";
        }
        catch (PostgresException)
        {
            return false;
        }
    }
}
