using MySqlConnector;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.Iam;

/// <summary>A real MariaDB or MySQL, and a proxy before it that takes tokens.</summary>
public abstract class MySqlGround(IamGround ground, MySqlKind kind) : IAsyncLifetime
{
    public IamGround Iam => ground;

    public MySqlServer Server { get; private set; } = null!;

    public SentoProcess Proxy { get; private set; } = null!;

    /// <summary>The command-line client of the server's own kind.</summary>
    public string Client => MySqlServer.ClientOf(kind);

    public async ValueTask InitializeAsync()
    {
        Server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = kind,
            SetupSql = string.Join('\n', new[] { "either", "plain" }.Select(user =>
                $"create user if not exists '{user}'@'%' identified by 'secret';\n"
                + $"grant all on app.* to '{user}'@'%';")),
        });
        Proxy = await ground.Start(text => text
            .Replace("EngineFamily: POSTGRESQL", "EngineFamily: MYSQL", StringComparison.Ordinal)
            .Replace($"Port: {ground.Server.Port}", $"Port: {Server.Port}", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null)
            await Proxy.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public string ConnectionString(string password, string user = "app", bool usesTls = true) =>
        ConnectionString(Proxy, password, user, usesTls);

    public static string ConnectionString(
        SentoProcess proxy, string password, string user = "app", bool usesTls = true) =>
        new MySqlConnectionStringBuilder
        {
            Server = proxy.Host,
            Port = (uint)proxy.Port,
            UserID = user,
            Password = password,
            Database = "app",
            SslMode = usesTls ? MySqlSslMode.Required : MySqlSslMode.None,
            AllowPublicKeyRetrieval = true,
            Pooling = false,
            ConnectionTimeout = 60,
        }.ConnectionString;

    public Task<string> WhoAmI(string password, string user = "app", bool usesTls = true) =>
        WhoAmI(Proxy, password, user, usesTls);

    public static async Task<string> WhoAmI(
        SentoProcess proxy, string password, string user = "app", bool usesTls = true)
    {
        await using var connection = new MySqlConnection(ConnectionString(proxy, password, user, usesTls));
        await connection.OpenAsync();
        await using var command = new MySqlCommand("select current_user()", connection);
        return ((string)(await command.ExecuteScalarAsync())!).Split('@')[0];
    }
}

public sealed class MariaDbGround(IamGround ground) : MySqlGround(ground, MySqlKind.MariaDb);

public sealed class MySql9Ground(IamGround ground) : MySqlGround(ground, MySqlKind.MySql);
