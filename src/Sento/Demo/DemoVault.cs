using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Host.Vaults;
using Sento.Lab.Servers;
using Sento.Vault;

namespace Sento.Host.Demo;

/// <summary>
/// The vault of the demonstration: the secrets of its databases, and a user with an access key who may sign
/// in to them with tokens and read the secrets.
/// </summary>
/// <param name="KeyId">The access key's id; its secret is shown once, as everywhere.</param>
internal sealed record DemoVault(string Folder, string KeyId, string KeySecret)
{
    public const string PostgresSecret = "demo/postgres";
    public const string MariaDbSecret = "demo/mariadb";
    public const string Region = "us-east-1";
    private const string Account = "000000000000";
    private const string User = "fn";

    private const string Policy = $$"""
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"rds-db:connect",
           "Resource":"arn:aws:rds-db:{{Region}}:{{Account}}:dbuser:*/app"},
          {"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],
           "Resource":"arn:aws:secretsmanager:{{Region}}:{{Account}}:secret:demo/*"},
          {"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}]}
        """;

    public static DemoVault Make(string folder, DemoDatabases databases)
    {
        var place = VaultPlace.Of(Path.Combine(folder, "vault"), null);
        using var vault = SecretVault.Create(place.Folder, place.Ring, Account, Region);
        if (databases.Postgres is { } postgres)
            Put(vault, PostgresSecret, "postgres", postgres);
        if (databases.MariaDb is { } mariaDb)
            Put(vault, MariaDbSecret, "mariadb", mariaDb);
        var identities = new IdentityStore(vault);
        var now = DateTimeOffset.UtcNow;
        identities.AddUser(User, [new PolicyRecord("demo", Policy)], now);
        var key = identities.AddKey(User, now);
        return new DemoVault(place.Folder, key.Id, key.Secret);
    }

    /// <summary>With all that rotation needs to know.</summary>
    private static void Put(SecretVault vault, string name, string engine, ThrowawayServer server)
    {
        var secret = JsonSerializer.Serialize(new
        {
            engine, host = "127.0.0.1", port = server.Port, username = ThrowawayServer.User,
            password = server.Password, dbname = ThrowawayServer.Database,
        });
        var request = JsonSerializer.SerializeToUtf8Bytes(new
        {
            Name = name, ClientRequestToken = Guid.NewGuid().ToString(), SecretString = secret,
        });
        new SecretsService(vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown).Run(
            Caller.Local(), "CreateSecret", request, DateTimeOffset.UtcNow);
    }
}
