using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance;

/// <summary>
/// Rotations that nobody notices: clients sign in anew for every transaction while the password changes under
/// them, half of them learning of it late.
/// </summary>
/// <remarks>
/// SENTO_ROTATION_SECONDS, SENTO_ROTATION_CLIENTS and SENTO_ROTATION_EVERY make it longer: 300, 100 and 10 is
/// the bar that a release has to pass.
/// </remarks>
public sealed class RotationTests : IAsyncLifetime
{
    private static readonly int Seconds = Setting("SENTO_ROTATION_SECONDS", 20);
    private static readonly int Clients = Setting("SENTO_ROTATION_CLIENTS", 12);
    private static readonly int Every = Setting("SENTO_ROTATION_EVERY", 5);

    private readonly VaultGround _vault = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private PostgresServer _server = null!;
    private SentoProcess _proxy = null!;
    private int _transactions;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.Start(
            new PostgresOptions
            {
                SetupSql = "create table public.done(n int); alter table public.done owner to app",
            });
        _vault.Create("master", Login(PostgresServer.Superuser, "postgres", null));
        _vault.Create("app", Login(PostgresServer.User, PostgresServer.Database, "master"));
        _proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                {{_vault.Section()}}
                Proxies:
                  - DBProxyName: rotation
                    EngineFamily: POSTGRESQL
                    RequireTLS: false
                    Auth: [{SecretArn: app}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{_server.Port}}}]
                      ConnectionPoolConfigurationInfo: {MaxConnections: 20}
                """,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("SingleUser")]
    [InlineData("AlternatingUsers")]
    public async Task Rotation_under_reconnecting_clients_fails_nothing(string strategy)
    {
        _vault.Call("RotateSecret", new
        {
            SecretId = "app",
            ClientRequestToken = VaultGround.NewToken(),
            RotationLambdaARN = strategy,
            RotationRules = new { ScheduleExpression = $"rate({Every} seconds)" },
        });
        var users = new ConcurrentDictionary<string, byte>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(i => Client(clock, isLate: i % 2 == 1, users)));
        var versions = _vault.Vault.Find("app")!.Versions.Length;

        Assert.True(
            _failures.IsEmpty,
            $"{_failures.Count} failures beside {_transactions} transactions:\n"
            + $"{string.Join('\n', _failures)}\n{_proxy.Log}");
        Assert.DoesNotContain("could not be rotated", _proxy.Log, StringComparison.Ordinal);
        Assert.True(_transactions >= Clients * 2, $"only {_transactions} transactions");
        Assert.True(versions > Seconds / Every / 2, $"only {versions} versions after {Seconds} s");
        Assert.Equal(_transactions, await CountAtTheServer());
        Assert.Equal(strategy == "SingleUser" ? 1 : 2, users.Count);
    }

    [Fact]
    public async Task Failed_step_leaves_the_secret_working_and_is_taken_up_again()
    {
        await Sql("ALTER ROLE app CONNECTION LIMIT 0");
        var before = Current();
        _vault.Call("RotateSecret", new
        {
            SecretId = "app",
            ClientRequestToken = VaultGround.NewToken(),
            RotationLambdaARN = "arn:aws:lambda:eu-central-1:123456789012:function:MyPostgresSingleUser",
        });

        await Eventually.Holds(() => _vault.Vault.Find("app")!.Rotation!.LastFailure is not null);
        Assert.Equal(before.Password, Current().Password);
        await Sql("ALTER ROLE app CONNECTION LIMIT -1");

        await Eventually.Holds(() => Current().Password != before.Password);
        Assert.Null(_vault.Vault.Find("app")!.Rotation!.LastFailure);
        await Transaction(Current());
    }

    [Theory]
    [InlineData("SingleUser")]
    [InlineData("AlternatingUsers")]
    public async Task Rotation_that_waits_for_its_schedule_is_tried_and_changes_nothing(string strategy)
    {
        var before = Current();
        RehearseRotation(strategy);

        await Eventually.Holds(() => _vault.Vault.Find("app")!.Rotation!.PendingToken is null);

        var record = _vault.Vault.Find("app")!;
        Assert.Null(record.Rotation!.LastFailure);
        Assert.Null(record.Rotation.LastRotatedDate);
        Assert.InRange(
            record.Rotation.NextRotationDate!.Value, DateTimeOffset.UtcNow,
            DateTimeOffset.UtcNow.AddDays(10));
        Assert.Null(record.Holder("AWSPENDING"));
        Assert.Equal(before, Current());
        await Transaction(before);
    }

    [Theory]
    [InlineData("SingleUser", "app", "user app: too many connections")]
    [InlineData("AlternatingUsers", "postgres", "of masterarn")]
    public async Task Rotation_that_would_fail_says_so_before_its_day_and_stands_in_nobodys_way(
        string strategy, string locked, string why)
    {
        if (locked == "postgres")
            _vault.Call("PutSecretValue", new
            {
                SecretId = "master",
                ClientRequestToken = VaultGround.NewToken(),
                SecretString = Login("nobody", "postgres", null),
            });
        else
            await Sql("ALTER ROLE app CONNECTION LIMIT 0");
        RehearseRotation(strategy);

        await Eventually.Holds(() => _vault.Vault.Find("app")!.Rotation!.LastFailure is not null);

        var record = _vault.Vault.Find("app")!;
        Assert.Contains(why, record.Rotation!.LastFailure, StringComparison.Ordinal);
        Assert.Null(record.Rotation.PendingToken);
        Assert.Null(record.Holder("AWSPENDING"));
        // Asked again, it is tried again at once: nothing is in progress.
        RehearseRotation(strategy);
    }

    private void RehearseRotation(string strategy) => _vault.Call("RotateSecret", new
    {
        SecretId = "app",
        ClientRequestToken = VaultGround.NewToken(),
        RotationLambdaARN = strategy,
        RotateImmediately = false,
        RotationRules = new { AutomaticallyAfterDays = 9 },
    });

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : otherwise;

    private string Login(string user, string database, string? master) => JsonSerializer.Serialize(new
    {
        engine = "postgres",
        host = "127.0.0.1",
        port = _server.Port,
        username = user,
        password = PostgresServer.Password,
        dbname = database,
        masterarn = master,
    });

    /// <summary>
    /// The late half looks into the vault two fifths of an interval apart, as caching clients do.
    /// </summary>
    private async Task Client(Stopwatch clock, bool isLate, ConcurrentDictionary<string, byte> users)
    {
        var login = Current();
        var learnt = clock.Elapsed;
        var patience = TimeSpan.FromSeconds(Every * 0.4);
        while (clock.Elapsed < TimeSpan.FromSeconds(Seconds))
        {
            if (!isLate || clock.Elapsed - learnt > patience)
                (login, learnt) = (Current(), clock.Elapsed);
            try
            {
                users.TryAdd(await Transaction(login), 0);
                Interlocked.Increment(ref _transactions);
            }
            catch (NpgsqlException error)
            {
                _failures.Enqueue(
                    $"{clock.Elapsed}: {login.User}, learnt {clock.Elapsed - learnt} ago: {error.Message}");
            }
        }
    }

    private async Task<string> Transaction((string User, string Password) login)
    {
        await using var client = new NpgsqlConnection(
            _proxy.ConnectionString(login.User, login.Password) + ";Command Timeout=60");
        await client.OpenAsync();
        await using var transaction = await client.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            "INSERT INTO public.done VALUES (1); SELECT current_user::text", client, transaction);
        var user = (string)(await insert.ExecuteScalarAsync())!;
        await transaction.CommitAsync();
        return user;
    }

    private (string User, string Password) Current()
    {
        var value = _vault.Call("GetSecretValue", new { SecretId = "app" }).GetProperty(
            "SecretString").GetString()!;
        using var json = JsonDocument.Parse(value);
        return (json.RootElement.GetProperty("username").GetString()!,
            json.RootElement.GetProperty("password").GetString()!);
    }

    private async Task<long> CountAtTheServer() => (long)(await Sql("SELECT count(*) FROM public.done"))!;

    private async Task<object?> Sql(string sql)
    {
        await using var admin = new NpgsqlConnection(_server.ConnectionString(PostgresServer.Superuser));
        await admin.OpenAsync();
        await using var command = new NpgsqlCommand(sql, admin);
        return await command.ExecuteScalarAsync();
    }
}
