using MySqlConnector;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Vault;
using Sento.Vault.Auditing;
using Sento.Vault.Keys;

namespace Sento.Tests.Iam;

/// <summary>A proxy that takes tokens and has a vault, whose audit log nobody else writes to.</summary>
public abstract class RefusalGround(IamGround ground) : IAsyncLifetime
{
    private readonly string _folder = RunFolder.Create("refusals");
    private SecretVault? _vault;
    private string _section = "";
    private MySqlServer? _server;
    private SentoProcess? _proxy;

    public SentoProcess Proxy => _proxy!;

    public IReadOnlyList<AuditEntry> Lines => [.. AuditLog.Read(_vault!.Audit.Path)];

    /// <summary>Of the lines that tests so far have made; they run one after another.</summary>
    public List<Func<AuditEntry, bool>> Expected { get; } = [];

    protected IamGround Iam => ground;

    public async ValueTask InitializeAsync()
    {
        var keys = $"file:{Path.Combine(_folder, "keys")}";
        _vault = SecretVault.Create(
            Path.Combine(_folder, "vault"), KeyRingSource.OfFile(Path.Combine(_folder, "keys")),
            "123456789012", IamGround.Region);
        _server = await StartServer();
        _section = $"Vault: {{Folder: \"{_vault.Folder}\", KeyRing: \"{keys}\"}}\n";
        _proxy = await Start("");
        await _proxy.Metrics();
    }

    /// <summary>A proxy like ours, with something more in its part of the configuration.</summary>
    public Task<SentoProcess> Start(string more) => ground.Start(text => _section + Change(text)
        .Replace("DBProxyName: shop", $"DBProxyName: shop{more}", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _vault?.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What a driver says of a sign-in that fails; null: it does not.</summary>
    public abstract Task<(string Code, string Text)?> Try(
        SentoProcess proxy, string password, string user, bool usesTls = true);

    /// <summary>What this protocol's clients hear of a refusal.</summary>
    /// <param name="what">token, password, tls, length or number: what was wrong with it.</param>
    public abstract (string Code, string Text) Heard(string what, string user);

    protected virtual Task<MySqlServer?> StartServer() => Task.FromResult<MySqlServer?>(null);

    protected virtual string Change(string text) => text;

    protected int ServerPort => _server!.Port;
}

public sealed class PostgresRefusals(IamGround ground) : RefusalGround(ground)
{
    public override async Task<(string Code, string Text)?> Try(
        SentoProcess proxy, string password, string user, bool usesTls = true)
    {
        try
        {
            await IamGround.WhoAmI(proxy, password, user, usesTls);
            return null;
        }
        catch (PostgresException error)
        {
            return (error.SqlState, $"{error.MessageText} {error.Hint}");
        }
    }

    public override (string Code, string Text) Heard(string what, string user) => what switch
    {
        "tls" => ("28000", "IAM authentication is allowed only with SSL connections."),
        "length" => ("08P01", "invalid password packet size"),
        "number" => ("53300", "The IAM authentication failed because of too many competing requests. "
            + "TokenSignInsPerSecond of this proxy bounds how often one principal may sign in."),
        "password" => ("28P01", $"password authentication failed for user \"{user}\""),
        _ => ("28P01", $"The IAM authentication failed for the role {user}. Check the IAM token for this role"
            + " and try again."),
    };
}

public sealed class MariaDbRefusals(IamGround ground) : RefusalGround(ground)
{
    public override async Task<(string Code, string Text)?> Try(
        SentoProcess proxy, string password, string user, bool usesTls = true)
    {
        await using var connection = new MySqlConnection(
            MySqlGround.ConnectionString(proxy, password, user, usesTls));
        try
        {
            await connection.OpenAsync();
            return null;
        }
        catch (MySqlException error)
        {
            return ($"{error.Number}", error.Message);
        }
    }

    public override (string Code, string Text) Heard(string what, string user) => what switch
    {
        "tls" => ("3159", "IAM authentication is allowed only with SSL connections."),
        "length" => ("1835", "Bad handshake"),
        "number" => ("1040", "IAM authentication rate limit exceeded"),
        _ => ("1045", $"Access denied for user '{user}'@"),
    };

    protected override async Task<MySqlServer?> StartServer() => await MySqlServer.Start(new MySqlOptions
    {
        Kind = MySqlKind.MariaDb,
        SetupSql = string.Join('\n', new[] { "either", "plain" }.Select(user =>
            $"create user if not exists '{user}'@'%' identified by 'secret';\n"
            + $"grant all on app.* to '{user}'@'%';")),
    });

    protected override string Change(string text) => text
        .Replace("EngineFamily: POSTGRESQL", "EngineFamily: MYSQL", StringComparison.Ordinal)
        .Replace($"Port: {Iam.Server.Port}", $"Port: {ServerPort}", StringComparison.Ordinal);
}
