using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>docs/operating/secrets.md from its first command to its last.</summary>
public sealed partial class SecretsPageTests : IAsyncLifetime
{
    private const string Policy = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}
        """;

    private readonly PageCommands _page = new("secrets.md");
    private readonly int _port = FreePort.Take();
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.Start();

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Commands_of_the_page_do_what_it_says()
    {
        var admin = FreePort.Take();
        _page.Places["host=db.example"] = "host=127.0.0.1";
        _page.Places["port=5432"] = $"port={_server.Port}";
        _page.Places["127.0.0.1:8080"] = $"127.0.0.1:{admin}";
        _page.Places["/backup/"] = _page.Folder + "/";
        _page.Places["/srv/"] = _page.Folder + "/";
        _page.Environment["US_VAULT_KEY"] = "of a node that is not asked";

        UseKey(await _page.Next("./sento setup", "AKIA"));
        await _page.Next("./sento secret put", "secret:prod/app-", input: PostgresServer.Password);
        await _page.Next("./sento secret list", "prod/app");
        await _page.Next("./sento secret get", "app");
        await _page.Next("./sento secret history", "AWSCURRENT");
        await _page.Next("./sento secret audit", "CreateSecret");

        await Serve(admin);
        Assert.Equal(
            PostgresServer.Password, PasswordIn(await _page.Next("aws secretsmanager", "SecretString")));

        await File.WriteAllTextAsync(_page.At("reader.json"), Policy);
        await _page.Next("./sento iam create-user ", "");
        await _page.Next("./sento iam create-policy", "");
        await _page.Next("./sento iam attach-policy", "");
        await _page.Next("./sento iam create-access-key", "AKIA");
        await _page.Next("./sento who-can-read", "user/reader  by policy reader attached to user reader");
        await _page.Next("./sento policy check", "admin", code: 1);

        await _page.Next("./sento secret rotate", "is rotated");
        var rotated = await SecretValue("prod/app");
        Assert.NotEqual(PostgresServer.Password, rotated.Password);
        await Eventually.Holds(async () => await WhoAmI(rotated.Password) == "app");
        Assert.Equal("app", await WhoAmI(PostgresServer.Password));
        await NameTheMaster(rotated.Password);
        await _page.Next("./sento secret rotate", "is rotated");
        var clone = await SecretValue("prod/app");
        Assert.Equal("app_clone", clone.User);
        await Eventually.Holds(async () => await WhoAmI(rotated.Password) == "app_clone");

        await CopyToTheWest(clone.Password);

        await _page.Next("./sento vault backup", "");
        await _page.Next("./sento vault restore", "");
        await _page.Next("./sento vault rotate-key", "under the new key");
        Assert.Equal(clone, await SecretValue("prod/app"));
        await _page.Next("./sento audit verify", "all as they were written");
        Assert.Empty(_page.Left);
    }

    private void UseKey(string printed)
    {
        _page.Environment["AWS_ACCESS_KEY_ID"] = KeyId().Match(printed).Value;
        _page.Environment["AWS_SECRET_ACCESS_KEY"] = KeySecret().Match(printed).Groups[1].Value;
        _page.Environment["AWS_DEFAULT_REGION"] = "eu-central-1";
        _page.Environment["AWS_PAGER"] = "";
    }

    private string ReplicasSection => _page.Configurations
        .Single(text => text.Contains("Replicas:", StringComparison.Ordinal))
        .Replace("/srv/", _page.Folder + "/", StringComparison.Ordinal);

    private async Task CopyToTheWest(string password)
    {
        await _page.Next("./sento setup --vault", "AKIA");
        await _page.Next("aws secretsmanager replicate-secret-to-regions", "eu-west-1");
        var west = "--vault " + _page.At("west/vault");
        await Eventually.Holds(async () =>
            (await _page.TryRun($"./sento secret get prod/app {west}")).ExitCode == 0);
        await _page.Next("aws secretsmanager describe-secret", "\"PrimaryRegion\": \"eu-central-1\"");
        await _page.Next("./sento secret get prod/app --vault", password);
        await _page.Next("./sento secret promote", "");
        await _page.Run($"./sento secret put prod/app --username app {west}", "own");
    }

    /// <summary>The page's proxy with what a proxy needs besides.</summary>
    private async Task Serve(int admin)
    {
        await File.WriteAllTextAsync(_page.At("sento.yaml"), $$"""
            Admin: {Listen: "127.0.0.1:{{admin}}"}
            {{ReplicasSection}}
            {{_page.Configurations[0]}}
                EngineFamily: POSTGRESQL
                RequireTLS: false
                Endpoints: [{Listen: ["127.0.0.1:{{_port}}"]}]
                TargetGroup:
                  Targets: [{Host: 127.0.0.1, Port: {{_server.Port}}}]
            """);
        await _page.Serve("./sento serve");
        await Eventually.Holds(async () => await WhoAmI(PostgresServer.Password) == "app");
    }

    /// <summary>What the page asks of a secret whose users take turns.</summary>
    private async Task NameTheMaster(string password)
    {
        var put = $"./sento secret put NAME --field engine=postgres --field host=127.0.0.1 "
            + $"--field port={_server.Port} ";
        await _page.Run(
            put.Replace("NAME", "prod/master") + "--username postgres --field dbname=postgres",
            PostgresServer.Password);
        await _page.Run(
            put.Replace("NAME", "prod/app") + "--username app --field masterarn=prod/master", password);
    }

    private async Task<(string User, string Password)> SecretValue(string name)
    {
        using var value = JsonDocument.Parse(await _page.Run($"./sento secret get {name}"));
        return (value.RootElement.GetProperty("username").GetString()!,
            value.RootElement.GetProperty("password").GetString()!);
    }

    private static string PasswordIn(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        using var value = JsonDocument.Parse(json.RootElement.GetProperty("SecretString").GetString()!);
        return value.RootElement.GetProperty("password").GetString()!;
    }

    /// <summary>The database's user of a client that signs in as app; null: it is turned away.</summary>
    private async Task<string?> WhoAmI(string password)
    {
        try
        {
            await using var client = new NpgsqlConnection(
                $"Host=127.0.0.1;Port={_port};Username=app;Password={password};Database=app;Pooling=false");
            await client.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT current_user::text", client);
            return (string)(await command.ExecuteScalarAsync())!;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    [GeneratedRegex("AKIA[A-Z0-9]+")]
    private static partial Regex KeyId();

    [GeneratedRegex(@"AWS_SECRET_ACCESS_KEY=(\S+)")]
    private static partial Regex KeySecret();
}
