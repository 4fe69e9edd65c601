namespace Sento.Tests.Isolation;

/// <summary>
/// The oracle: random scripts of several clients, directly and through the proxy, must hear the same.
/// </summary>
/// <remarks>What a person may ask for: see <see cref="Series{TScript}"/>.</remarks>
public sealed class IsolationTests(Ground ground, ITestOutputHelper output)
{
    private const int DefaultScripts = 2500;

    private readonly Series<Script> _series =
        new(5_000_000, workers: 3, TimeSpan.FromSeconds(120), Generator.Make, output);

    [Fact]
    public async Task Random_scripts_hear_the_same_through_the_proxy()
    {
        Assert.SkipUnless(ground.HasProxy, "SENTO_TEST_PROXY=no leaves no proxy to run through.");
        await ForEachScript(
            Asked.Scripts(DefaultScripts),
            arena => new PostgresJudge(arena, arena.Direct, arena.Through!).Judged);
    }

    [Fact]
    public Task Random_scripts_hear_the_same_directly_each_time() => ForEachScript(
        Math.Min(Asked.Scripts(150), 1000),
        arena => new PostgresJudge(arena, arena.Direct, arena.Direct).Judged);

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
        var dice = new Dice(_series.FirstSeed);
        for (var i = 0; i < 10; i++)
        {
            var script = Generator.Make(_series.FirstSeed + i);
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
    private Task ForEachScript(int count, Func<Arena, Func<Script, Task<string?>>> judgeOf) => _series.Judge(
        count, worker => ground.OpenArena($"isolation_{worker}"), judgeOf, () => ground.ProxyLog);
}
