using System.Text.Json;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance;

/// <summary>Whoever may write one secret does not become another's user by it.</summary>
public sealed class SecretClaimsTests : IAsyncLifetime
{
    private readonly VaultGround _vault = new();
    private SecretGround _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SecretGround.Start();
        await _database.Execute("create role low login password 'low'");
        await _database.Execute("create role other login password 'other'");
        _vault.Create("low", Login("low", "low"));
        _vault.Create("app", Login(PostgresServer.User, PostgresServer.Password));
        _vault.Create("lookup", Login("postgres", "unused"));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("SecretArn: low}, {SecretArn: app")]
    [InlineData("SecretArn: app}, {SecretArn: low")]
    public async Task A_secret_that_names_the_user_of_another_is_not_taken_over(string auth)
    {
        await _database.Serve(_vault.Section(), auth);
        Assert.Equal("app", await Who("app", PostgresServer.Password));

        Put("low", Login("app", "mine"));

        await _database.Proxy.WaitForLog("already has an entry, by secret");
        Assert.Null(await Who("app", "mine"));
        Assert.Equal("app", await Who("app", PostgresServer.Password));
        Assert.Equal("low", await Who("low", "low"));
    }

    [Fact]
    public async Task Connections_that_a_user_has_opened_are_not_for_who_takes_its_name()
    {
        await _database.Execute("create role finder superuser login password 'find'");
        Put("lookup", Login("finder", "find"));
        await _database.Serve(
            _vault.Section(), "SecretArn: low", more: "AuthQuery: {SecretArn: lookup, Database: postgres}");
        Assert.Equal("other", await Who("other", "other"));

        Put("low", Login("other", "mine"));

        await Eventually.Holds(async () => await Who("low", "low") is null);
        Assert.Null(await Who("other", "mine"));
    }

    [Fact]
    public async Task A_secret_that_loses_its_password_lets_nobody_in_without_one()
    {
        await _database.Serve(_vault.Section(), "SecretArn: low, ClientPasswordAuthType: POSTGRES_MD5");

        Put("low", Login("low", ""));

        await _database.Proxy.WaitForLog("is not taken over: it has no password");
        Assert.Equal("low", await Who("low", "low"));
    }

    /// <summary>Null: refused.</summary>
    private async Task<string?> Who(string user, string password)
    {
        try
        {
            await using var client = new NpgsqlConnection(_database.Proxy.ConnectionString(user, password));
            await client.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT current_user::text", client);
            return (string?)await command.ExecuteScalarAsync();
        }
        catch (PostgresException error) when (error.SqlState is "28P01" or "28000")
        {
            return null;
        }
    }

    private static string Login(string username, string password) =>
        JsonSerializer.Serialize(new { engine = "postgres", username, password });

    private void Put(string secret, string value) => _vault.Call("PutSecretValue", new
    {
        SecretId = secret,
        ClientRequestToken = VaultGround.NewToken(),
        SecretString = value,
    });
}
