using System.Text.Json;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance;

/// <summary>
/// Proxies that take their secret from AWS's Secrets Manager. For AWS stand the vault's own API, which checks
/// signatures and policies as AWS does, and a server that fails as a test wants it to.
/// </summary>
public sealed class AwsSourceTests(ApiGround ground) : IAsyncLifetime
{
    private readonly string _name = $"aws/{Guid.NewGuid():N}";
    private SecretGround _database = null!;

    public async ValueTask InitializeAsync() => _database = await SecretGround.Start();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Secret_is_read_by_its_ARN_with_the_keys_of_the_environment_and_followed()
    {
        var reader = Reader();
        var arn = ground.Vault.Create(_name, Login("secret")).GetProperty("ARN").GetString()!;
        await Start($"aws:{arn}", ground.Url, reader, "RefreshInterval: 1s");
        Assert.Equal(1, await _database.Ask("secret"));
        Assert.Contains(
            Sento.Vault.Auditing.AuditLog.Read(ground.Vault.Vault.Audit.Path),
            line => line.Operation == "GetSecretValue" && line.Secret == arn && line.Outcome == "done"
                && line.Principal.EndsWith("user/" + NameOf(reader), StringComparison.Ordinal));

        await _database.SetPassword("newer");
        Put("newer");

        await Eventually.Holds(async () => !await _database.IsRefused("newer"));
        // As with the vault's own secrets: who has not heard of it goes on.
        Assert.Equal(1, await _database.Ask("secret"));
        Assert.True(await _database.IsRefused("wrong"));
    }

    [Fact]
    public async Task Password_that_is_refused_is_looked_up_again_before_its_time()
    {
        var arn = ground.Vault.Create(_name, Login("secret")).GetProperty("ARN").GetString()!;
        await Start($"aws:{arn}", ground.Url, Reader(), "RefreshInterval: 1d");
        Assert.Equal(1, await _database.Ask("secret"));

        // A client knows the new one before the proxy does.
        await _database.SetPassword("newer");
        Put("newer");
        await Eventually.Holds(async () => !await _database.IsRefused("newer"));

        // A server does, and nobody else.
        await _database.SetPassword("newest");
        Put("newest");
        await _database.Execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
        await Eventually.Holds(async () => !await _database.IsRefused("newer"));
    }

    [Fact]
    public async Task Role_is_assumed_to_read_it()
    {
        var stranger = ground.Vault.AddUser($"stranger-{Guid.NewGuid():N}", """
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}
            """);
        var role = $"reader-{Guid.NewGuid():N}"[..30];
        ground.Vault.Identities.AddRole(role, """
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"123456789012"}}}
            """, 3600, DateTimeOffset.UtcNow);
        ground.Vault.Identities.ChangeRole(role, "PutRolePolicy", record => record with
        {
            Policies = [new PolicyRecord("read", ReaderPolicy)],
        });
        ground.Vault.Create(_name, Login("secret"));

        await Start(
            $"aws:{_name}", ground.Url, stranger,
            $"AwsRoleArn: \"arn:aws:iam::{VaultGround.Account}:role/{role}\"");

        Assert.Equal(1, await _database.Ask("secret"));
    }

    [Fact]
    public async Task Who_may_not_read_it_hears_so_in_the_log_and_serves_once_he_may()
    {
        var nobody = ground.Vault.AddUser($"nobody-{Guid.NewGuid():N}", null);
        ground.Vault.Create(_name, Login("secret"));
        await Start($"aws:{_name}", ground.Url, nobody, "RefreshInterval: 1s");

        var line = await _database.Proxy.WaitForLog("can't be read");
        Assert.Contains("AccessDeniedException", line, StringComparison.Ordinal);
        Assert.True(await _database.IsRefused("secret"));
        ground.Vault.Identities.PutPolicy(NameOf(nobody), new PolicyRecord("read", ReaderPolicy));

        await Eventually.Holds(async () => !await _database.IsRefused("secret"));
        await _database.Proxy.WaitForLog("can be read again");
    }

    [Theory]
    [InlineData(500, """{"__type":"InternalServiceError","Message":"An error occurred."}""")]
    [InlineData(400, """{"__type":"ThrottlingException","message":"Rate exceeded"}""")]
    [InlineData(200, "this is no JSON")]
    [InlineData(200, """{"SecretString":"this is no login"}""")]
    [InlineData(302, "")]
    [InlineData(0, "")]
    public async Task Source_that_fails_leaves_the_last_good_value(int status, string body)
    {
        var isOut = false;
        using var aws = new FakeHttpServer(_ => Task.FromResult(isOut ? (status, body) : (200, Answer())));
        await Start($"aws:{_name}", aws.Url, ground.Vault.Administrator, "RefreshInterval: 1s");
        Assert.Equal(1, await _database.Ask("secret"));

        isOut = true;

        await _database.Proxy.WaitForLog("The last good value stays in force");
        Assert.Equal(1, await _database.Ask("secret"));
        isOut = false;
        await _database.Proxy.WaitForLog("can be read again");
        Assert.DoesNotContain("\"password\"", _database.Proxy.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_that_hangs_holds_up_neither_the_start_nor_a_reload()
    {
        var never = new TaskCompletionSource<(int, string)>();
        using var aws = new FakeHttpServer(_ => never.Task);
        await Start($"aws:{_name}", aws.Url, ground.Vault.Administrator, "RefreshInterval: 1s");

        Assert.True(await _database.IsRefused("secret"));
        await _database.Proxy.WaitForLog("did not answer within");
        never.SetResult((200, Answer()));
        await Eventually.Holds(async () => !await _database.IsRefused("secret"));
    }

    [Fact]
    public async Task A_thousand_sign_ins_ask_the_source_nothing()
    {
        using var aws = new FakeHttpServer(_ => Task.FromResult((200, Answer())));
        await Start($"aws:{_name}", aws.Url, ground.Vault.Administrator, "RefreshInterval: 1d");

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
            Assert.Equal(1, await _database.Ask("secret")));

        Assert.Single(aws.Requests);
    }

    private const string ReaderPolicy = """
        {"Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}
        """;

    private AccessKeyRecord Reader() => ground.Vault.AddUser($"reader-{Guid.NewGuid():N}", ReaderPolicy);

    private string NameOf(AccessKeyRecord key) =>
        ground.Vault.Identities.FindAccessKey(key.Id)!.Owner.UserName!;

    private string Answer() => JsonSerializer.Serialize(new { Name = _name, SecretString = Login("secret") });

    private Task Start(string secret, Uri endpoint, AccessKeyRecord key, string vault) => _database.Serve(
        $"Vault: {{ {vault} }}", $"SecretArn: \"{secret}\"", new Dictionary<string, string?>
        {
            ["SENTO_VAULT"] = "/nowhere",
            ["AWS_ENDPOINT_URL"] = endpoint.ToString(),
            ["AWS_ACCESS_KEY_ID"] = key.Id,
            ["AWS_SECRET_ACCESS_KEY"] = key.Secret,
            ["AWS_REGION"] = VaultGround.Region,
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        });

    private static string Login(string password) => JsonSerializer.Serialize(
        new { engine = "postgres", username = PostgresServer.User, password });

    private void Put(string password) => ground.Vault.Call("PutSecretValue", new
    {
        SecretId = _name,
        ClientRequestToken = VaultGround.NewToken(),
        SecretString = Login(password),
    });
}
