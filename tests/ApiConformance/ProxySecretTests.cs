using System.Text.Json;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance;

/// <summary>A proxy whose secrets are in the vault, before a real PostgreSQL.</summary>
public sealed class ProxySecretTests : IAsyncLifetime
{
    private const string HalfPair = """{"username":"app","password":"\ud800"}""";

    private readonly VaultGround _vault = new();
    private SecretGround _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SecretGround.Start();
        _vault.Create("app", Login(PostgresServer.User, PostgresServer.Password));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("POSTGRES_SCRAM_SHA_256")]
    [InlineData("POSTGRES_MD5")]
    public async Task Old_and_new_password_open_the_proxy_until_the_overlap_is_over(string proof)
    {
        await Start(proof, ", PasswordOverlap: 5s");
        Assert.Equal(1, await _database.Ask(PostgresServer.Password));

        await _database.SetPassword("newer");
        Put(Login(PostgresServer.User, "newer"));

        // This is another process than the proxy, which looks ten times a second.
        await Eventually.Holds(async () => !await _database.IsRefused("newer"));
        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
        await Assert.ThrowsAsync<PostgresException>(() => _database.Ask("wrong"));
        await Eventually.Holds(() => _database.IsRefused(PostgresServer.Password));
        Assert.Equal(1, await _database.Ask("newer"));
    }

    [Fact]
    public async Task Every_password_of_the_overlap_opens_the_proxy_however_fast_they_follow_each_other()
    {
        await Start("POSTGRES_SCRAM_SHA_256", ", PasswordOverlap: 20s");
        foreach (var password in (string[])["second", "third", "fourth"])
        {
            await _database.SetPassword(password);
            Put(Login(PostgresServer.User, password));
            await Eventually.Holds(async () => !await _database.IsRefused(password));
        }

        foreach (var password in (string[])[PostgresServer.Password, "second", "third", "fourth"])
            Assert.Equal(1, await _database.Ask(password));
        await Eventually.Holds(() => _database.IsRefused("third"));
        Assert.True(await _database.IsRefused(PostgresServer.Password));
        Assert.True(await _database.IsRefused("second"));
        Assert.Equal(1, await _database.Ask("fourth"));
    }

    [Fact]
    public async Task Password_changed_in_the_database_before_the_vault_costs_nobody_a_sign_in()
    {
        await Start("POSTGRES_SCRAM_SHA_256");
        Put(Login(PostgresServer.User, "pending"), "AWSPENDING");
        await Eventually.Holds(async () => !await _database.IsRefused("pending"));

        await _database.SetPassword("pending");

        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
        Assert.Equal(1, await _database.Ask("pending"));
    }

    [Fact]
    public async Task Secret_that_is_made_after_the_start_is_taken_up()
    {
        await Start("POSTGRES_SCRAM_SHA_256", secret: "later");
        Assert.True(await _database.IsRefused(PostgresServer.Password));

        _vault.Create("later", Login(PostgresServer.User, PostgresServer.Password));

        await Eventually.Holds(async () => !await _database.IsRefused(PostgresServer.Password));
    }

    [Fact]
    public async Task Value_that_is_half_a_surrogate_pair_costs_nobody_the_last_good_one()
    {
        await Start("POSTGRES_SCRAM_SHA_256");

        Put(HalfPair);

        await _database.Proxy.WaitForLog("Secret \"app\" can't be read");
        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
        await _database.SetPassword("newer");
        Put(Login(PostgresServer.User, "newer"));
        await Eventually.Holds(async () => !await _database.IsRefused("newer"));
    }

    [Fact]
    public async Task Start_with_a_secret_that_is_half_a_surrogate_pair_serves_the_others()
    {
        _vault.Create("bad", HalfPair);

        await _database.Serve(_vault.Section(), "SecretArn: bad }, { SecretArn: app");

        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
        await _database.Proxy.WaitForLog("Secret \"bad\" can't be read");
    }

    [Fact]
    public async Task File_secret_is_read_and_outlives_its_file()
    {
        var file = _vault.At("secret.json");
        await File.WriteAllTextAsync(file, Login(PostgresServer.User, PostgresServer.Password));
        await Start("POSTGRES_SCRAM_SHA_256", ", RefreshInterval: 1s", $"file:{file}");
        Assert.Equal(1, await _database.Ask(PostgresServer.Password));

        File.Delete(file);

        await _database.Proxy.WaitForLog("The last good value stays in force");
        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
    }

    [Fact]
    public async Task Secret_of_the_environment_opens_the_proxy()
    {
        await _database.Serve(
            _vault.Section(), "SecretArn: \"env:APP_SECRET\"", new Dictionary<string, string?>
            {
                ["APP_SECRET"] = Login(PostgresServer.User, PostgresServer.Password),
            });

        Assert.Equal(1, await _database.Ask(PostgresServer.Password));
        Assert.True(await _database.IsRefused("wrong"));
    }

    [Fact]
    public async Task Use_by_a_proxy_is_in_the_audit_log_and_no_password_is_in_any()
    {
        await Start("POSTGRES_SCRAM_SHA_256");
        await _database.Ask(PostgresServer.Password);

        var lines = Sento.Vault.Auditing.AuditLog.Read(_vault.Vault.Audit.Path).ToList();

        Assert.Contains(lines, line => line is { Principal: "sento:proxy", Operation: "GetSecretValue" });
        var log = await File.ReadAllTextAsync(_vault.Vault.Audit.Path);
        Assert.DoesNotContain("\"secret\":\"secret\"", log, StringComparison.Ordinal);
        Assert.DoesNotContain("password", log + _database.Proxy.Log, StringComparison.Ordinal);
    }

    private Task Start(string proof, string vault = "", string secret = "app") => _database.Serve(
        _vault.Section(vault), $"SecretArn: \"{secret}\", ClientPasswordAuthType: {proof}");

    private string Login(string user, string password) => JsonSerializer.Serialize(new
    {
        engine = "postgres",
        host = "127.0.0.1",
        port = _database.Port,
        username = user,
        password,
    });

    private void Put(string value, string stage = "AWSCURRENT") => _vault.Call("PutSecretValue", new
    {
        SecretId = "app",
        ClientRequestToken = VaultGround.NewToken(),
        SecretString = value,
        VersionStages = new[] { stage },
    });
}
