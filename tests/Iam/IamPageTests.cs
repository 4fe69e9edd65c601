using System.Text.Json;
using System.Text.RegularExpressions;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Identities;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Iam;

/// <summary>docs/operating/iam.md from its first command to its last.</summary>
public sealed partial class IamPageTests(IamGround ground, MySql9Ground mySql)
    : IAsyncDisposable, IClassFixture<MySql9Ground>
{
    private const string GitHub = "https://token.actions.githubusercontent.com";

    private readonly PageCommands _page = new("iam.md");
    private readonly TestIssuer _cluster = new();
    private readonly TestIssuer _gitHub = new();
    private readonly int _admin = FreePort.Take();
    private readonly int _port = FreePort.Take();

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        _cluster.Dispose();
        _gitHub.Dispose();
    }

    [Fact]
    public async Task Commands_of_the_page_do_what_it_says()
    {
        _page.Environment["APP_PASSWORD"] = ThrowawayServer.Password;
        _page.Environment["AWS_ENDPOINT_URL_STS"] = $"http://127.0.0.1:{ground.Sts.AdminPort}";
        _page.Places["port=6432"] = $"port={_port}";
        _page.Places["--port 6432"] = $"--port {_port}";
        _page.Places["-P 6033"] = $"-P {mySql.Proxy.Port}";
        _page.Places["127.0.0.1:8080"] = $"127.0.0.1:{_admin}";
        _page.Places["/var/run/secrets/"] = _page.Folder + "/secrets/";
        _page.Places["https://issuer.example"] = _cluster.Url;

        var administrator = await _page.Run("./sento setup --region eu-central-1 --account 123456789012");
        await PlayLaptop();
        await PlayMySql();
        await PlayCluster();
        await PlayJob();
        await PlayAws();
        await PlayRoles(administrator);
        Assert.Empty(_page.Left);
    }

    private async Task PlayLaptop()
    {
        await _page.Next("./sento iam new-access-key", "");
        await _page.Next(". ./fn.env", "");
        await File.WriteAllTextAsync(_page.At("sento.yaml"), await Configuration());
        await _page.Next("./sento check", "");
        await _page.Serve("./sento serve");

        // Once by each tool.
        for (var tool = 0; tool < 2; tool++)
            Assert.Contains("DBUser=app", await _page.Next("export PGPASSWORD=", ""));
        await Eventually.Holds(async () =>
            (await _page.TryRun($"psql -h 127.0.0.1 -p {_port} -U app -c 'select 1' app")).ExitCode == 0);
        await SignIn();
    }

    private async Task PlayMySql()
    {
        _page.Environment["TOKEN"] = IamGround.Token(mySql.Proxy);
        _page.Environment["PATH"] = $"{Path.GetDirectoryName(mySql.Client)}:{_page.Environment["PATH"]}";
        await _page.Next("mysql ", "app@", input: "select current_user();");
        await _page.Next("mariadb ", "app@", input: "select current_user();");

        var explained = await _page.Next("./sento iam simulate", "allowed: rds-db:connect");
        Assert.Contains(
            explained.TrimEnd(), await File.ReadAllTextAsync(SourceTree.At("docs", "operating", "iam.md")),
            StringComparison.Ordinal);
        _page.Forget();
    }

    private async Task PlayCluster()
    {
        Directory.CreateDirectory(_page.At("secrets/sento"));
        await File.WriteAllTextAsync(_page.At("secrets/sento/token"), _cluster.Token() + "\n");
        await _page.Next("export PGPASSWORD=$(cat", "eyJ");
        await SignIn();
    }

    private async Task PlayJob()
    {
        var token = _gitHub.Token("repo:acme/shop:ref:refs/heads/main", more: new()
        {
            ["repository_id"] = "123456789",
            ["ref"] = "refs/heads/main",
        });
        using var runner = new FakeHttpServer(
            _ => Task.FromResult((200, JsonSerializer.Serialize(new { count = 1, value = token }))));
        _page.Environment["ACTIONS_ID_TOKEN_REQUEST_URL"] = $"{runner.Url}token?api-version=2.0";
        _page.Environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "of the runner";
        await _page.Next("export URL=", "");
        await _page.Next("export ANSWER=", "");
        await _page.Next("export PGPASSWORD=", token);
        Assert.Equal(["/token?api-version=2.0&audience=sento"], runner.Targets);
        await SignIn();
    }

    private async Task PlayAws()
    {
        await UseRole();
        await _page.Next("export ANSWER=$(aws eks get-token", "k8s-aws-v1.");
        await _page.Next("export PGPASSWORD=", "k8s-aws-v1.");
        await SignIn();
    }

    private async Task PlayRoles(string administrator)
    {
        _page.Environment["AWS_ACCESS_KEY_ID"] = KeyId().Match(administrator).Value;
        _page.Environment["AWS_SECRET_ACCESS_KEY"] = KeySecret().Match(administrator).Groups[1].Value;
        _page.Environment["AWS_SESSION_TOKEN"] = null;
        _page.Environment["AWS_DEFAULT_REGION"] = "eu-central-1";
        await File.WriteAllTextAsync(
            _page.At("trust.json"),
            _page.Texts("json")[0].Replace("issuer.example", _cluster.Name, StringComparison.Ordinal));
        await File.WriteAllTextAsync(_page.At("connect.json"), """
            {"Statement":{"Effect":"Allow","Action":"rds-db:connect",
              "Resource":"arn:aws:rds-db:eu-central-1:123456789012:dbuser:prx-shop/app"}}
            """);
        for (var command = 0; command < 3; command++)
            await _page.Next("aws iam", "");
        _page.Environment["AWS_ACCESS_KEY_ID"] = null;
        _page.Environment["AWS_SECRET_ACCESS_KEY"] = null;
        for (var variable = 0; variable < 3; variable++)
            await _page.Next("export AWS_", "");

        // With an SDK that has all it needs, and nothing else.
        _page.Environment["AWS_REGION"] = "eu-central-1";
        _page.Environment["PGHOST"] = "127.0.0.1";
        _page.Environment["PGPORT"] = $"{_port}";
        _page.Environment["PGUSER"] = "app";
        _page.Environment["PGDATABASE"] = "app";
        var program = SourceTree.At("tests", "Iam", "node", "token.mjs");
        Assert.Equal("app", (await _page.Run($"PGPASSWORD= node {program}")).Trim());
    }

    private Task<string> SignIn() => _page.Next("psql ", "token: app", input: @"\echo token: :USER");

    /// <summary>Credentials of the role that the page names, at the STS that stands for AWS's.</summary>
    private async Task UseRole()
    {
        if (ground.Identities.Document.FindRole("app") is null)
            ground.Identities.AddRole("app", """
                {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}}
                """, 3600, DateTimeOffset.UtcNow);
        var name = $"machine-{Guid.NewGuid():N}";
        ground.Identities.AddUser(
            name, [new PolicyRecord("all", IdentityStore.AdministratorPolicy)], DateTimeOffset.UtcNow);
        var key = ground.Identities.AddKey(name, DateTimeOffset.UtcNow);
        var finished = await ground.Aws.Run(
            new Dictionary<string, string?>
            {
                ["AWS_ACCESS_KEY_ID"] = key.Id,
                ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
                ["AWS_DEFAULT_REGION"] = IamGround.Region,
            },
            ["sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/app", "--role-session-name",
                "i-0abc", "--endpoint-url", $"http://127.0.0.1:{ground.Sts.AdminPort}", "--output", "json"]);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        using var json = JsonDocument.Parse(finished.Output);
        var given = json.RootElement.GetProperty("Credentials");
        _page.Environment["AWS_ACCESS_KEY_ID"] = given.GetProperty("AccessKeyId").GetString();
        _page.Environment["AWS_SECRET_ACCESS_KEY"] = given.GetProperty("SecretAccessKey").GetString();
        _page.Environment["AWS_SESSION_TOKEN"] = given.GetProperty("SessionToken").GetString();
    }

    /// <summary>
    /// The page's configurations as one, with the key that was made, the server of these tests, a free port,
    /// and issuers of this machine.
    /// </summary>
    private async Task<string> Configuration()
    {
        var key = KeyId().Match(await File.ReadAllTextAsync(_page.At("fn.env"))).Value;
        var account = _page.At("secrets/kubernetes.io/serviceaccount");
        Directory.CreateDirectory(account);
        await File.WriteAllTextAsync(Path.Combine(account, "token"), "of Sento's own pod");
        using var authority = TestCertificate.Authority();
        await File.WriteAllTextAsync(
            Path.Combine(account, "ca.crt"), authority.Certificate.ExportCertificatePem());
        string Part(string name) => string.Join('\n', _page.Configurations
            .Where(text => text.StartsWith("Identities:", StringComparison.Ordinal)
                && text.Contains($"  {name}:", StringComparison.Ordinal))
            .SelectMany(text => text.Split('\n'))
            .Where(line => line is not "Identities:" && line != $"  {name}:"));
        var identities = $"Identities:\n  Issuers:\n{Part("Issuers")}\n  AwsCallers:\n{Part("AwsCallers")}";
        return $"Admin: {{Listen: \"127.0.0.1:{_admin}\"}}\n" + _page.Configurations[0]
            .Replace("Identities:", identities, StringComparison.Ordinal)
            .Replace("https://kubernetes.default.svc.cluster.local", _cluster.Url, StringComparison.Ordinal)
            .Replace(
                "https://kubernetes.default.svc/openid/v1/jwks", _cluster.Url + "/keys",
                StringComparison.Ordinal)
            .Replace(GitHub, _gitHub.Url, StringComparison.Ordinal)
            .Replace("/var/run/secrets/", _page.Folder + "/secrets/", StringComparison.Ordinal)
            .Replace("AKIA…", key, StringComparison.Ordinal)
            .Replace("127.0.0.1:6432", $"127.0.0.1:{_port}", StringComparison.Ordinal)
            .Replace("{Host: db.internal}", $"{{Host: 127.0.0.1, Port: {ground.Server.Port}}}",
                StringComparison.Ordinal);
    }

    [GeneratedRegex("AKIA[A-Z0-9]+")]
    private static partial Regex KeyId();

    [GeneratedRegex(@"AWS_SECRET_ACCESS_KEY=(\S+)")]
    private static partial Regex KeySecret();
}
