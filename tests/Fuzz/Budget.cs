using System.Diagnostics;
using System.Globalization;

namespace Sento.Tests.Fuzz;

/// <summary>How long each fuzzer runs, and from which seed: to look longer, or to look again.</summary>
/// <remarks>
/// <c>SENTO_FUZZ_SECONDS</c> (8 by default) and <c>SENTO_FUZZ_SEED</c> (by default the time). A failure
/// names the seed of the very conversation; that seed runs first when it is given.
/// </remarks>
internal sealed class Budget
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly int _first = Number("SENTO_FUZZ_SEED") ?? Environment.TickCount & 0x3FFFFFFF;
    private readonly double _seconds = Number("SENTO_FUZZ_SECONDS") ?? 8;

    public int Rounds { get; private set; }

    /// <summary>The next round's seed, or null when the time is over.</summary>
    public int? Next() => Rounds > 0 && _watch.Elapsed.TotalSeconds >= _seconds ? null : _first + Rounds++;

    private static int? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
