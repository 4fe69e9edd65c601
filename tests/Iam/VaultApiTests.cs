using System.Text.Json;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Iam;

/// <summary>
/// Users and roles made with an AWS CLI against Sento's own IAM and STS, and their tokens.
/// </summary>
public abstract class VaultApiTests(IamGround ground, AwsCliKind kind) : IAsyncLifetime
{
    private const string Connect = """
        {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect",
          "Resource":"arn:aws:rds-db:eu-central-1:123456789012:dbuser:prx-shop/app"}}
        """;

    private const string Everything = """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("sento-iam-vault-").FullName;
    private SentoProcess _proxy = null!;
    private Credentials _administrator = null!;

    public async ValueTask InitializeAsync()
    {
        var vault = Path.Combine(_folder, "vault");
        var setup = await GuardedProcess.Run(
            new Recipe(
                "dotnet", SourceTree.SentoProgram, "setup", "--vault", vault, "--region", IamGround.Region,
                "--account", "123456789012"),
            Patience);
        Assert.True(setup.ExitCode == 0, setup.Errors);
        string Exported(string name) => setup.Output.Split('\n')
            .Single(line => line.StartsWith($"export {name}=", StringComparison.Ordinal)).Split('=', 2)[1];
        _administrator = new Credentials(Exported("AWS_ACCESS_KEY_ID"), Exported("AWS_SECRET_ACCESS_KEY"));
        _proxy = await ground.Start(text => $"Vault: {{Folder: {vault}}}\n" + text);
        await _proxy.Metrics();
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Changes_of_users_and_refused_tokens_are_lines_of_the_audit_log()
    {
        await Aws(_administrator, "iam", "create-user", "--user-name", "audited");
        await Aws(
            _administrator, "iam", "put-user-policy", "--user-name", "audited", "--policy-name", "connect",
            "--policy-document", Connect);
        var key = await NewKey("audited");
        await Aws(
            _administrator, "iam", "update-access-key", "--user-name", "audited", "--access-key-id", key.Id,
            "--status", "Inactive");
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));

        await Eventually.Holds(() => Lines().Any(line => line.Contains("rds-db:connect")));
        const string user = "arn:aws:iam::123456789012:user/";
        string[][] wanted =
        [
            ["CreateUser", user + "audited", user + "admin", "policy Administrator of user admin"],
            ["PutUserPolicy", user + "audited connect", user + "admin"],
            ["CreateAccessKey", $"{user}audited {key.Id}", user + "admin"],
            ["UpdateAccessKey Inactive", key.Id, user + "admin"],
        ];
        foreach (var words in wanted)
            Assert.Single(Lines(), line => words.All(word => line.Contains(word, StringComparison.Ordinal)));
        // As many as the driver has tried to sign in.
        string[] refusal = ["rds-db:connect", "dbuser:prx-shop/app", "unknown", "KeyInactive", "127.0.0.1"];
        await Eventually.Holds(() =>
            _proxy.Log.Split("IAM token refused").Length - 1
            == Lines().Count(line => refusal.All(word => line.Contains(word, StringComparison.Ordinal))));
        Assert.DoesNotContain(Lines(), line => line.Contains(key.Secret, StringComparison.Ordinal));
        var verify = await GuardedProcess.Run(
            new Recipe(
                "dotnet", SourceTree.SentoProgram, "audit", "verify", "--vault",
                Path.Combine(_folder, "vault")),
            Patience);
        Assert.True(verify.ExitCode == 0, verify.Output + verify.Errors);
    }

    [Fact]
    public async Task User_made_over_the_api_signs_in_until_its_key_is_switched_off()
    {
        await Aws(_administrator, "iam", "create-user", "--user-name", "job");
        await Aws(
            _administrator, "iam", "put-user-policy", "--user-name", "job", "--policy-name", "connect",
            "--policy-document", Connect);
        var key = await NewKey("job");

        Assert.Equal("app", await IamGround.WhoAmI(_proxy, Token(key)));
        string[] words = ["rds-db:connect", "dbuser:prx-shop/app", "user/job", "\"done\"", "policy connect"];
        await Eventually.Holds(() => Lines().Any(line =>
            words.All(word => line.Contains(word, StringComparison.Ordinal))));
        Assert.Equal(
            "arn:aws:iam::123456789012:user/job",
            (await Aws(key, "sts", "get-caller-identity")).GetProperty("Arn").GetString());
        var policy = await Aws(
            _administrator, "iam", "get-user-policy", "--user-name", "job", "--policy-name", "connect");
        Assert.Equal("Allow", policy.GetProperty("PolicyDocument").GetProperty("Statement")
            .GetProperty("Effect").GetString());

        await Aws(
            _administrator, "iam", "update-access-key", "--user-name", "job", "--access-key-id", key.Id,
            "--status", "Inactive");
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));
        Assert.Contains("InvalidClientTokenId", await AwsFails(key, "sts", "get-caller-identity"));
    }

    [Fact]
    public async Task Role_is_assumed_by_whom_it_trusts_and_its_session_signs_in()
    {
        await Aws(_administrator, "iam", "create-user", "--user-name", "deploy");
        var key = await NewKey("deploy");
        const string trust = """
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
              "Principal":{"AWS":"arn:aws:iam::123456789012:user/deploy"}}}
            """;
        var role = await Aws(
            _administrator, "iam", "create-role", "--role-name", "reader", "--assume-role-policy-document",
            trust);
        await Aws(
            _administrator, "iam", "put-role-policy", "--role-name", "reader", "--policy-name", "connect",
            "--policy-document", Connect);

        var assumed = await Aws(
            key, "sts", "assume-role", "--role-arn",
            role.GetProperty("Role").GetProperty("Arn").GetString()!, "--role-session-name", "run1");
        var given = assumed.GetProperty("Credentials");
        var session = new Credentials(
            given.GetProperty("AccessKeyId").GetString()!, given.GetProperty("SecretAccessKey").GetString()!,
            given.GetProperty("SessionToken").GetString());

        Assert.Equal(
            "arn:aws:sts::123456789012:assumed-role/reader/run1",
            (await Aws(session, "sts", "get-caller-identity")).GetProperty("Arn").GetString());
        Assert.Equal("app", await IamGround.WhoAmI(_proxy, Token(session)));
        await Assert.ThrowsAsync<PostgresException>(
            () => IamGround.WhoAmI(_proxy, Token(session with { SessionToken = null })));
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));

        await Aws(
            _administrator, "iam", "delete-role-policy", "--role-name", "reader", "--policy-name", "connect");
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(session)));
        await Aws(_administrator, "iam", "delete-role", "--role-name", "reader");
        Assert.Contains("InvalidClientTokenId", await AwsFails(session, "sts", "get-caller-identity"));
    }

    [Fact]
    public async Task Managed_policy_lets_in_whom_it_is_attached_to_by_the_version_that_counts()
    {
        const string arn = "arn:aws:iam::123456789012:policy/may-connect";
        string[] policy = ["--policy-arn", arn];
        await Aws(_administrator, "iam", "create-user", "--user-name", "worker");
        var key = await NewKey("worker");
        var made = await Aws(
            _administrator, "iam", "create-policy", "--policy-name", "may-connect", "--policy-document",
            Connect);
        Assert.Equal(arn, made.GetProperty("Policy").GetProperty("Arn").GetString());
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));

        await Aws(_administrator, ["iam", "attach-user-policy", "--user-name", "worker", .. policy]);
        Assert.Equal("app", await IamGround.WhoAmI(_proxy, Token(key)));
        await _proxy.WaitForLog("policy may-connect attached to user worker, statement 1");
        var attached = await Aws(
            _administrator, "iam", "list-attached-user-policies", "--user-name", "worker");
        Assert.Equal(
            arn, attached.GetProperty("AttachedPolicies")[0].GetProperty("PolicyArn").GetString());
        var entities = await Aws(_administrator, ["iam", "list-entities-for-policy", .. policy]);
        Assert.Equal("worker", entities.GetProperty("PolicyUsers")[0].GetProperty("UserName").GetString());

        // Another version counts at once, and the one before again.
        var closed = Connect.Replace("Allow", "Deny", StringComparison.Ordinal);
        await Aws(
            _administrator,
            ["iam", "create-policy-version", .. policy, "--policy-document", closed, "--set-as-default"]);
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));
        var version = await Aws(
            _administrator, ["iam", "get-policy-version", .. policy, "--version-id", "v2"]);
        Assert.Equal("Deny", version.GetProperty("PolicyVersion").GetProperty("Document")
            .GetProperty("Statement").GetProperty("Effect").GetString());
        await Aws(
            _administrator, ["iam", "set-default-policy-version", .. policy, "--version-id", "v1"]);
        Assert.Equal("app", await IamGround.WhoAmI(_proxy, Token(key)));

        Assert.Contains(
            "DeleteConflict", await AwsFails(_administrator, ["iam", "delete-policy", .. policy]));
        Assert.Contains(
            "must detach all policies first",
            await AwsFails(_administrator, await WithoutKeys("worker", key)));
        await Aws(_administrator, ["iam", "detach-user-policy", "--user-name", "worker", .. policy]);
        Assert.Contains(
            "NoSuchEntity",
            await AwsFails(
                _administrator, ["iam", "detach-user-policy", "--user-name", "worker", .. policy]));
        await Aws(_administrator, ["iam", "delete-policy-version", .. policy, "--version-id", "v2"]);
        await Aws(_administrator, ["iam", "delete-policy", .. policy]);
        Assert.Contains("NoSuchEntity", await AwsFails(_administrator, ["iam", "get-policy", .. policy]));
        string[] line = ["AttachUserPolicy", "user/worker", arn, "user/admin"];
        Assert.Single(Lines(), text => line.All(word => text.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>Deletes its key; what would delete the user too.</summary>
    private async Task<string[]> WithoutKeys(string user, Credentials key)
    {
        await Aws(
            _administrator, "iam", "delete-access-key", "--user-name", user, "--access-key-id", key.Id);
        return ["iam", "delete-user", "--user-name", user];
    }

    [Fact]
    public async Task Who_may_attach_some_policies_can_give_itself_no_others()
    {
        await Aws(_administrator, "iam", "create-user", "--user-name", "lead");
        const string lead = """
            {"Statement":[
              {"Effect":"Allow","Action":["iam:AttachUserPolicy","iam:DetachUserPolicy"],"Resource":"*",
               "Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::123456789012:policy/small"}}}]}
            """;
        await Aws(
            _administrator, "iam", "put-user-policy", "--user-name", "lead", "--policy-name", "lead",
            "--policy-document", lead);
        foreach (var (name, document) in new[] { ("small", Connect), ("all", Everything) })
        {
            await Aws(
                _administrator, "iam", "create-policy", "--policy-name", name, "--policy-document", document);
        }
        var key = await NewKey("lead");
        string[] attach = ["iam", "attach-user-policy", "--user-name", "lead", "--policy-arn"];

        await Aws(key, [.. attach, "arn:aws:iam::123456789012:policy/small"]);
        Assert.Contains(
            "no identity-based policy allows the iam:AttachUserPolicy action",
            await AwsFails(key, [.. attach, "arn:aws:iam::123456789012:policy/all"]));
        // The condition's key is there for nothing but attaching.
        Assert.Contains(
            "AccessDenied",
            await AwsFails(
                key, "iam", "create-policy-version", "--policy-arn", "arn:aws:iam::123456789012:policy/small",
                "--policy-document", Everything, "--set-as-default"));
        Assert.Contains("is not valid", await AwsFails(_administrator, [.. attach, new string('a', 20)]));
    }

    [Fact]
    public async Task Role_has_managed_policies_and_sessions_can_not_be_narrowed_by_them()
    {
        const string trust = """
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
              "Principal":{"AWS":"arn:aws:iam::123456789012:user/admin"}}}
            """;
        const string arn = "arn:aws:iam::123456789012:policy/for-roles";
        await Aws(
            _administrator, "iam", "create-policy", "--policy-name", "for-roles", "--policy-document",
            Connect);
        await Aws(
            _administrator, "iam", "create-role", "--role-name", "runner", "--assume-role-policy-document",
            trust);
        await Aws(
            _administrator, "iam", "attach-role-policy", "--role-name", "runner", "--policy-arn", arn);
        string[] assume =
        [
            "sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/runner",
            "--role-session-name", "nightly",
        ];

        var session = (await Aws(_administrator, assume)).GetProperty("Credentials");
        var key = new Credentials(
            session.GetProperty("AccessKeyId").GetString()!,
            session.GetProperty("SecretAccessKey").GetString()!,
            session.GetProperty("SessionToken").GetString());
        Assert.Equal("app", await IamGround.WhoAmI(_proxy, Token(key)));
        Assert.Contains(
            "PolicyArns is not served",
            await AwsFails(_administrator, [.. assume, "--policy-arns", $"arn={arn}"]));

        await Aws(_administrator, "iam", "detach-role-policy", "--role-name", "runner", "--policy-arn", arn);
        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(_proxy, Token(key)));
    }

    [Fact]
    public async Task Who_may_not_is_told_so_in_the_words_of_iam()
    {
        await Aws(_administrator, "iam", "create-user", "--user-name", "bystander");
        var key = await NewKey("bystander");
        const string trust = """
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
              "Principal":{"Service":"rds.amazonaws.com"}}}
            """;
        await Aws(
            _administrator, "iam", "create-role", "--role-name", "closed", "--assume-role-policy-document",
                trust);

        Assert.Contains(
            "User: arn:aws:iam::123456789012:user/bystander is not authorized to perform: iam:CreateUser on "
            + "resource: arn:aws:iam::123456789012:user/evil because no identity-based policy allows the "
            + "iam:CreateUser action",
            await AwsFails(key, "iam", "create-user", "--user-name", "evil"));
        foreach (var (by, name) in ((Credentials, string)[])
            [(key, "closed"), (key, "absent"), (_administrator, "closed"), (_administrator, "absent")])
        {
            Assert.Contains("AccessDenied", await AwsFails(
                by, "sts", "assume-role", "--role-arn", $"arn:aws:iam::123456789012:role/{name}",
                "--role-session-name", "try"));
        }
        Assert.Contains("EntityAlreadyExists", await AwsFails(
            _administrator, "iam", "create-user", "--user-name", "bystander"));
        Assert.Contains("NoSuchEntity", await AwsFails(
            _administrator, "iam", "create-access-key", "--user-name", "absent"));
        Assert.Contains("MalformedPolicyDocument", await AwsFails(
            _administrator, "iam", "put-user-policy", "--user-name", "bystander", "--policy-name", "p",
            "--policy-document", """{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}"""));
        Assert.Contains("SignatureDoesNotMatch", await AwsFails(
            key with { Secret = "wrong" }, "sts", "get-caller-identity"));
    }

    private string[] Lines() => File.ReadAllLines(Path.Combine(_folder, "vault", "audit.log"));

    private string Token(Credentials key) => IamGround.Token(
        _proxy, keyId: key.Id, secret: key.Secret, sessionToken: key.SessionToken);

    private async Task<Credentials> NewKey(string user)
    {
        var made = await Aws(_administrator, "iam", "create-access-key", "--user-name", user);
        var key = made.GetProperty("AccessKey");
        return new Credentials(
            key.GetProperty("AccessKeyId").GetString()!, key.GetProperty("SecretAccessKey").GetString()!);
    }

    private async Task<JsonElement> Aws(Credentials by, params string[] arguments)
    {
        var finished = await Run(by, arguments);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return finished.Output.Trim().Length == 0
            ? default
            : JsonDocument.Parse(finished.Output).RootElement.Clone();
    }

    private async Task<string> AwsFails(Credentials by, params string[] arguments)
    {
        var finished = await Run(by, arguments);
        Assert.NotEqual(0, finished.ExitCode);
        return finished.Errors;
    }

    private AwsCli Cli => kind == AwsCliKind.Current ? ground.Aws : ground.OldAws;

    private Task<FinishedProcess> Run(Credentials by, string[] arguments) => Cli.Run(
        new Dictionary<string, string?>
        {
            ["AWS_ACCESS_KEY_ID"] = by.Id,
            ["AWS_SECRET_ACCESS_KEY"] = by.Secret,
            ["AWS_SESSION_TOKEN"] = by.SessionToken,
            ["AWS_DEFAULT_REGION"] = IamGround.Region,
        },
        ["--endpoint-url", $"http://127.0.0.1:{_proxy.AdminPort}", "--output", "json", .. arguments]);

    private sealed record Credentials(string Id, string Secret, string? SessionToken = null);
}

public sealed class CurrentVaultApiTests(IamGround ground) : VaultApiTests(ground, AwsCliKind.Current);

public sealed class OldVaultApiTests(IamGround ground) : VaultApiTests(ground, AwsCliKind.Distribution);
