using System.Diagnostics;

namespace Sento.Tests.Isolation;

/// <summary>
/// The oracle: random scripts of several clients, directly and through the proxy, must hear the same.
/// </summary>
/// <remarks>
/// <c>SENTO_ISOLATION_SCRIPTS</c>: how many scripts (by default what fits in two minutes).
/// <c>SENTO_ISOLATION_SEED</c>: the first seed; script n has the seed first + n, so that one script is
/// repeated by its own seed and a count of 1. <c>SENTO_ISOLATION_WORKERS</c>: how many at a time (3).
/// </remarks>
public sealed class IsolationTests(Ground ground, ITestOutputHelper output)
{
    /// <summary>
    /// The same scripts each time, so that one that differs tells of the change at hand. Others are played
    /// when they are asked for.
    /// </summary>
    private const int DefaultFirstSeed = 5_000_000;

    private const int DefaultScripts = 2500;

    /// <summary>As many scripts as fit; a count that is asked for is played whole.</summary>
    private static readonly TimeSpan s_defaultTime = TimeSpan.FromSeconds(120);

    private const int ReportsMax = 5;
    private const int ScriptsMin = 40;

    private static readonly int s_firstSeed =
        Number("SENTO_ISOLATION_SEED", DefaultFirstSeed);

    private static int ScriptCount(int fallback) => Number("SENTO_ISOLATION_SCRIPTS", fallback);

    [Fact]
    public async Task Random_scripts_hear_the_same_through_the_proxy()
    {
        Assert.SkipUnless(ground.HasProxy, "SENTO_TEST_PROXY=no leaves no proxy to run through.");
        await ForEachScript(
            ScriptCount(DefaultScripts), arena => new Judge(arena, arena.Direct, arena.Through!).Judged);
    }

    [Fact]
    public Task Random_scripts_hear_the_same_directly_each_time() => ForEachScript(
        Math.Min(ScriptCount(150), 1000), arena => new Judge(arena, arena.Direct, arena.Direct).Judged);

    [Fact]
    public async Task A_proxy_that_lets_state_through_is_noticed()
    {
        const int count = 40;
        await using var arena = await ground.OpenArena("isolation_leaks");
        var noticed = 0;
        for (var seed = 1; seed <= count; seed++)
        {
            var script = Generator.Make(seed);
            await arena.Clean();
            var own = await Performer.Perform(script, arena.Direct);
            await arena.Clean();
            var door = arena.Direct with { Deadline = TimeSpan.FromSeconds(1) };
            var shared = await Performer.Perform(script, door, own, Wiring.Shared);
            // The sign-ins differ by construction.
            var from = script.Clients.Count;
            var pairs = own.Steps.Zip(shared.Steps).Skip(from);
            if (pairs.Any(pair => !pair.First.Lines.SequenceEqual(pair.Second.Lines)))
                noticed++;
        }
        output.WriteLine($"{noticed} of {count} scripts notice that their clients share one connection.");
        Assert.True(noticed >= count * 9 / 10, $"Only {noticed} of {count} scripts notice a leak.");
    }

    [Fact]
    public async Task A_transcript_that_differs_in_one_message_is_noticed()
    {
        await using var arena = await ground.OpenArena("isolation_mutants");
        var dice = new Dice(s_firstSeed);
        for (var i = 0; i < 10; i++)
        {
            var script = Generator.Make(s_firstSeed + i);
            await arena.Clean();
            var truth = await Performer.Perform(script, arena.Direct);
            for (var mutant = 0; mutant < 20; mutant++)
            {
                var at = dice.Below(truth.Steps.Count);
                if (truth.Steps[at].Lines.Count == 0 || script.Clients[truth.Steps[at].Client].IsPolluter)
                    continue;
                Assert.Equal(at, Transcript.FirstDifference(script, truth, Spoilt(truth, at, dice)));
            }
        }
    }

    /// <summary>A copy in which one message of one step is missing, doubled or changed.</summary>
    private static Transcript Spoilt(Transcript truth, int at, Dice dice)
    {
        var spoilt = new Transcript();
        for (var i = 0; i < truth.Steps.Count; i++)
        {
            var record = truth.Steps[i];
            if (i == at)
            {
                var lines = record.Lines.ToList();
                var line = dice.Below(lines.Count);
                switch (dice.Below(3))
                {
                    case 0: lines.RemoveAt(line); break;
                    case 1: lines.Insert(line, lines[line]); break;
                    default: lines[line] += "x"; break;
                }
                record = record with { Lines = lines };
            }
            spoilt.Add(record);
        }
        return spoilt;
    }

    /// <summary>Some scripts at a time, each in a database of its own.</summary>
    private async Task ForEachScript(int count, Func<Arena, Func<Script, Task<string?>>> judgeOf)
    {
        var workers = Number("SENTO_ISOLATION_WORKERS", 3);
        var limit = ScriptCount(0) > 0 ? TimeSpan.MaxValue : s_defaultTime;
        output.WriteLine($"first seed {s_firstSeed}, {count} scripts");
        var watch = Stopwatch.StartNew();
        var reports = new List<string>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async worker =>
        {
            await using var arena = await ground.OpenArena($"isolation_{worker}");
            var judge = judgeOf(arena);
            while (Interlocked.Increment(ref next) is var index && index < count && reports.Count < ReportsMax
                && (index < ScriptsMin || watch.Elapsed < limit))
            {
                if (await Judged(judge, Generator.Make(s_firstSeed + index)) is not { } report)
                    continue;
                lock (reports)
                    reports.Add(report);
            }
        }));
        output.WriteLine($"{Math.Min(next, count)} scripts in {watch.Elapsed.TotalSeconds:0.0} s");
        if (reports.Count > 0)
            reports.Add($"The proxy's log:\n{ground.ProxyLog}");
        Assert.True(reports.Count == 0, string.Join("\n\n========\n\n", reports));
    }

    private static int Number(string variable, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : fallback;

    /// <summary>What breaks the performance itself is reported with its script too.</summary>
    private static async Task<string?> Judged(Func<Script, Task<string?>> judge, Script script)
    {
        try
        {
            return await judge(script);
        }
        catch (Exception broken)
        {
            return $"seed {script.Seed}: {broken}\n{script.Text}";
        }
    }
}
