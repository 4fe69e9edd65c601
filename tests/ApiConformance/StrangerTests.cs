using System.Diagnostics;
using Sento.Tests.Support;
using Sento.Vault.Auditing;

namespace Sento.Tests.ApiConformance;

/// <summary>What those whom nobody knows can make a vault write down. A process of their own.</summary>
public sealed class StrangerTests : IAsyncLifetime
{
    private const string Unsigned = "MissingAuthenticationTokenException";

    private readonly VaultGround _vault = new();
    private SentoProcess? _sento;

    public async ValueTask InitializeAsync() => _sento = await ApiProcess.Start(_vault);

    public async ValueTask DisposeAsync()
    {
        await _sento!.DisposeAsync();
        _vault.Dispose();
    }

    [Fact]
    public async Task Flood_of_unsigned_requests_does_not_fill_the_disk_and_hides_nobody_who_signs()
    {
        const int requests = 4000;
        _vault.Create("wanted", "value");
        var read = new RawRequest
        {
            Url = Url,
            Key = _vault.Administrator,
            Operation = "GetSecretValue",
            Body = """{"SecretId":"wanted"}""",
        };
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (_, _) => Assert.Equal(Unsigned, await (read with { IsSigned = false }).Code()));
        var seconds = (int)watch.Elapsed.TotalSeconds + 2;

        Assert.Null(await read.Code());

        await Eventually.Holds(() => Refused() + Counted() == requests);
        // Two threads at the turn of a second may let through a few more.
        Assert.InRange(Refused(), RefusalBound.PerSecondMax, (RefusalBound.PerSecondMax + 16) * seconds);
        Assert.InRange(Counts().Count(), 1, seconds + 1);
        Assert.Single(Lines(), line => line is { Operation: "GetSecretValue", Outcome: AuditEntry.Done });
        Assert.Null(_vault.Vault.Audit.Verify(out _));
    }

    [Fact]
    public async Task Line_about_a_stranger_is_short_whatever_was_sent()
    {
        using var client = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Action"] = "AssumeRoleWithWebIdentity",
            ["Version"] = "2011-06-15",
            ["RoleArn"] = new string('é', 20_000),
            ["RoleSessionName"] = new string('s', 20_000),
            ["WebIdentityToken"] = new string('t', 20_000),
        });

        using var answer = await client.PostAsync(Url, form);

        Assert.False(answer.IsSuccessStatusCode);
        var line = Assert.Single(Lines(), line => line.Operation == "AssumeRoleWithWebIdentity");
        Assert.Equal(AuditEntry.Unknown, line.Principal);
        Assert.Equal(new string('é', 256) + "…", line.Target);
    }

    private Uri Url => new($"http://127.0.0.1:{_sento!.AdminPort}/");

    private IEnumerable<AuditEntry> Lines() => AuditLog.Read(_vault.Vault.Audit.Path);

    private int Refused() => Lines().Count(line => line.Outcome == Unsigned);

    private IEnumerable<int> Counts() => Lines()
        .Where(line => line.Outcome.EndsWith("not written down one by one", StringComparison.Ordinal))
        .Select(line => int.Parse(line.Outcome.Split(' ')[0], null));

    private int Counted() => Counts().Sum();
}
