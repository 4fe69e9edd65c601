using System.Diagnostics;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.Isolation.MySql;

/// <summary>
/// The oracle of MySQL and MariaDB: random scenes of several clients, directly and through the proxy, must
/// hear the same.
/// </summary>
/// <remarks>
/// <c>SENTO_ISOLATION_SCRIPTS</c>, <c>SENTO_ISOLATION_SEED</c> and <c>SENTO_ISOLATION_WORKERS</c> as for
/// PostgreSQL.
/// </remarks>
public sealed class MySqlIsolationTests(MySqlGround ground, ITestOutputHelper output)
    : IClassFixture<MySqlGround>
{
    private const int DefaultFirstSeed = 7_000_000;
    private const int DefaultScenes = 600;
    private const int ScenesMin = 40;
    private const int ReportsMax = 5;

    /// <summary>As many scenes as fit; a count that is asked for is played whole.</summary>
    private static readonly TimeSpan s_defaultTime = TimeSpan.FromSeconds(25);

    private static readonly int s_firstSeed = Number("SENTO_ISOLATION_SEED", DefaultFirstSeed);

    [Theory(Explicit = true)]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Random_scenes_hear_the_same_through_the_proxy(MySqlKind kind) => ForEachScene(
        kind, Number("SENTO_ISOLATION_SCRIPTS", DefaultScenes),
        stage => new Critic(stage, ground.Direct(kind), ground.Through(kind)).Judged);

    [Theory(Explicit = true)]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Random_scenes_hear_the_same_directly_each_time(MySqlKind kind) => ForEachScene(
        kind, Math.Min(Number("SENTO_ISOLATION_SCRIPTS", 40), 1000),
        stage => new Critic(stage, ground.Direct(kind), ground.Direct(kind)).Judged);

    [Theory(Explicit = true)]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public async Task A_proxy_that_lets_state_through_is_noticed(MySqlKind kind)
    {
        const int count = 20;
        await using var stage = await ground.OpenStage(kind, "leaks");
        var noticed = 0;
        for (var seed = 1; seed <= count; seed++)
        {
            var scene = Writer.Write(seed, kind == MySqlKind.MariaDb);
            await stage.Clean();
            var own = await Director.Play(scene, ground.Direct(kind), stage.Name);
            await stage.Clean();
            var shared = await Director.Play(scene, ground.Direct(kind), stage.Name, isShared: true);
            var pairs = own.Turns.Skip(scene.Clients.Count).Zip(shared.Turns.Skip(1));
            if (pairs.Any(pair => pair.First != pair.Second))
                noticed++;
        }
        output.WriteLine($"{noticed} of {count} scenes notice that their clients share one connection.");
        Assert.True(noticed >= count * 9 / 10, $"Only {noticed} of {count} scenes notice a leak.");
    }

    private async Task ForEachScene(
        MySqlKind kind, int count, Func<Stage, Func<Scene, Task<string?>>> criticOf)
    {
        var workers = Number("SENTO_ISOLATION_WORKERS", 2);
        var limit = Number("SENTO_ISOLATION_SCRIPTS", 0) > 0 ? TimeSpan.MaxValue : s_defaultTime;
        output.WriteLine($"first seed {s_firstSeed}, {count} scenes");
        var watch = Stopwatch.StartNew();
        var reports = new List<string>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async worker =>
        {
            await using var stage = await ground.OpenStage(kind, $"stage{worker}");
            var critic = criticOf(stage);
            while (Interlocked.Increment(ref next) is var index && index < count && reports.Count < ReportsMax
                && (index < ScenesMin || watch.Elapsed < limit))
            {
                var scene = Writer.Write(s_firstSeed + index, kind == MySqlKind.MariaDb);
                if (await Judged(critic, scene) is not { } report)
                    continue;
                lock (reports)
                    reports.Add(report);
            }
        }));
        output.WriteLine($"{Math.Min(next, count)} scenes in {watch.Elapsed.TotalSeconds:0.0} s");
        if (reports.Count > 0)
            reports.Add($"The proxy's log:\n{ground.LogOf(kind)}");
        Assert.True(reports.Count == 0, string.Join("\n\n========\n\n", reports));
    }

    private static int Number(string variable, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : fallback;

    /// <summary>What breaks the performance itself is reported with its scene too.</summary>
    private static async Task<string?> Judged(Func<Scene, Task<string?>> critic, Scene scene)
    {
        try
        {
            return await critic(scene);
        }
        catch (Exception broken)
        {
            return $"seed {scene.Seed}: {broken}\n{scene.Text}";
        }
    }
}
