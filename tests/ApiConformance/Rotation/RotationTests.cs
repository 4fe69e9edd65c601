using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>
/// Rotations that nobody notices: clients sign in anew for every transaction while the password changes under
/// them, half of them learning of it late.
/// </summary>
/// <remarks>
/// SENTO_ROTATION_SECONDS, SENTO_ROTATION_CLIENTS and SENTO_ROTATION_EVERY make it longer: 300, 100 and 10 is
/// the bar that a release has to pass.
/// </remarks>
public sealed class RotationTests : IAsyncDisposable
{
    private static readonly int Seconds = Setting("SENTO_ROTATION_SECONDS", 12);
    private static readonly int Clients = Setting("SENTO_ROTATION_CLIENTS", 12);
    private static readonly int Every = Setting("SENTO_ROTATION_EVERY", 3);

    private readonly VaultGround _vault = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private RotatingServer? _server;
    private SentoProcess? _proxy;
    private int _transactions;

    private RotatingServer Server => _server!;

    private SentoProcess Proxy => _proxy!;

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("postgres", "SingleUser")]
    [InlineData("postgres", "AlternatingUsers")]
    [InlineData("mariadb", "SingleUser")]
    [InlineData("mariadb", "AlternatingUsers")]
    [InlineData("mysql", "SingleUser")]
    [InlineData("mysql", "AlternatingUsers")]
    public async Task Rotation_under_reconnecting_clients_fails_nothing(string engine, string strategy)
    {
        await Start(engine);
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
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{engine}, {strategy}: {_transactions} transactions, {versions} versions, {Seconds} s, "
            + $"{Clients} clients");

        Assert.True(
            _failures.IsEmpty,
            $"{_failures.Count} failures beside {_transactions} transactions:\n"
            + $"{string.Join('\n', _failures.Take(20))}\n{Proxy.Log}");
        Assert.DoesNotContain("could not be rotated", Proxy.Log, StringComparison.Ordinal);
        Assert.True(_transactions >= Clients * 2, $"only {_transactions} transactions");
        Assert.True(versions > Seconds / Every / 2, $"only {versions} versions after {Seconds} s");
        Assert.Equal(_transactions, await CountAtTheServer());
        Assert.Equal(strategy == "SingleUser" ? 1 : 2, users.Count);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    [InlineData("mysql")]
    public async Task Failed_step_leaves_the_secret_working_and_is_taken_up_again(string engine)
    {
        await Start(engine);
        await Server.Lock(true);
        var before = Current();
        _vault.Call("RotateSecret", new
        {
            SecretId = "app",
            ClientRequestToken = VaultGround.NewToken(),
            RotationLambdaARN = "arn:aws:lambda:eu-central-1:123456789012:function:MyOwnSingleUser",
        });

        await Eventually.Holds(() => _vault.Vault.Find("app")!.Rotation!.LastFailure is not null);
        Assert.Equal(before.Password, Current().Password);
        await Server.Lock(false);

        await Eventually.Holds(() => Current().Password != before.Password);
        Assert.Null(_vault.Vault.Find("app")!.Rotation!.LastFailure);
        await Transaction(Current());
    }

    [Theory]
    [InlineData("SingleUser")]
    [InlineData("AlternatingUsers")]
    public async Task Rotation_that_waits_for_its_schedule_is_tried_and_changes_nothing(string strategy)
    {
        await Start("postgres");
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
        await Start("postgres");
        if (locked == "postgres")
            _vault.Call("PutSecretValue", new
            {
                SecretId = "master",
                ClientRequestToken = VaultGround.NewToken(),
                SecretString = Server.Login("nobody", "postgres", null),
            });
        else
            await Server.Lock(true);
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

    private async Task Start(string engine)
    {
        _server = await RotatingServer.Of(engine);
        _vault.Create("master", _server.Login(_server.Superuser, _server.AdministrationDatabase, null));
        _vault.Create("app", _server.Login("app", "app", "master"));
        _proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                {{_vault.Section()}}
                Proxies:
                  - DBProxyName: rotation
                    EngineFamily: {{_server.EngineFamily}}
                    RequireTLS: false
                    Auth: [{SecretArn: app}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{_server.Port}}}]
                      ConnectionPoolConfigurationInfo: {MaxConnections: 20}
                """,
        });
    }

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
            catch (Exception error) when (Server.IsFailure(error))
            {
                _failures.Enqueue(
                    $"{clock.Elapsed}: {login.User}, learnt {clock.Elapsed - learnt} ago: {error.Message}");
            }
        }
    }

    private Task<string> Transaction((string User, string Password) login) =>
        Server.Transaction(Proxy, login.User, login.Password);

    private (string User, string Password) Current()
    {
        var value = _vault.Call("GetSecretValue", new { SecretId = "app" }).GetProperty(
            "SecretString").GetString()!;
        using var json = JsonDocument.Parse(value);
        return (json.RootElement.GetProperty("username").GetString()!,
            json.RootElement.GetProperty("password").GetString()!);
    }

    private async Task<long> CountAtTheServer() =>
        (long)(await Server.Execute("SELECT count(*) FROM done"))!;
}
