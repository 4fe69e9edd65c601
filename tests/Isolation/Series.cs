using System.Diagnostics;

namespace Sento.Tests.Isolation;

/// <summary>Has scripts of consecutive seeds judged, some at a time, and fails with what differs.</summary>
/// <remarks>
/// <c>SENTO_ISOLATION_SCRIPTS</c>: how many scripts (by default as many as fit into the series' time).
/// <c>SENTO_ISOLATION_SEED</c>: the first seed; script n has the seed first + n, so that one script is
/// repeated by its own seed and a count of 1. <c>SENTO_ISOLATION_WORKERS</c>: how many at a time.
/// </remarks>
/// <param name="firstSeed">
/// By default the same scripts each time, so that one that differs tells of the change at hand. Others are
/// played when they are asked for.
/// </param>
/// <param name="workers">By default.</param>
/// <param name="time">As many scripts as fit; a count that is asked for is played whole.</param>
internal sealed class Series<TScript>(
    int firstSeed, int workers, TimeSpan time, Func<int, TScript> make, ITestOutputHelper output)
    where TScript : IScript
{
    private const int ReportsMax = 5;
    private const int ScriptsMin = 40;

    private readonly int _workers = Asked.Number("SENTO_ISOLATION_WORKERS", workers);
    private readonly TimeSpan _time = Asked.Scripts(0) > 0 ? TimeSpan.MaxValue : time;

    public int FirstSeed { get; } = Asked.Number("SENTO_ISOLATION_SEED", firstSeed);

    /// <param name="open">A place for one worker, by its number.</param>
    /// <param name="judgeOf">Its answer is null where all is well.</param>
    /// <param name="log">What the proxy has said, for the report.</param>
    public async Task Judge<TArena>(int count, Func<int, Task<TArena>> open,
        Func<TArena, Func<TScript, Task<string?>>> judgeOf, Func<string> log)
        where TArena : IAsyncDisposable
    {
        output.WriteLine($"first seed {FirstSeed}, {count} scripts");
        var watch = Stopwatch.StartNew();
        var reports = new List<string>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, _workers).Select(async worker =>
        {
            await using var arena = await open(worker);
            var judge = judgeOf(arena);
            while (Interlocked.Increment(ref next) is var index && index < count && reports.Count < ReportsMax
                && (index < ScriptsMin || watch.Elapsed < _time))
            {
                if (await Judged(judge, make(FirstSeed + index)) is not { } report)
                    continue;
                lock (reports)
                    reports.Add(report);
            }
        }));
        output.WriteLine($"{Math.Min(next, count)} scripts in {watch.Elapsed.TotalSeconds:0.0} s");
        if (reports.Count > 0)
            reports.Add($"The proxy's log:\n{log()}");
        Assert.True(reports.Count == 0, string.Join("\n\n========\n\n", reports));
    }

    /// <summary>What breaks the performance itself is reported with its script too.</summary>
    private static async Task<string?> Judged(Func<TScript, Task<string?>> judge, TScript script)
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

/// <summary>What a person has asked for, in the environment.</summary>
internal static class Asked
{
    public static int Scripts(int fallback) => Number("SENTO_ISOLATION_SCRIPTS", fallback);

    public static int Number(string variable, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : fallback;
}
