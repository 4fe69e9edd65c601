namespace Sento.Lab.Plan;

/// <summary>
/// Random numbers that are the same for the same seed on every machine and in every version: SplitMix64.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to below 1.</summary>
    public double NextFraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to below <paramref name="bound"/>.</summary>
    public int NextIndex(int bound) => (int)(NextFraction() * bound);

    /// <summary>The time until the next of events that come independently of each other.</summary>
    public double NextPause(double mean) => -mean * Math.Log(1 - NextFraction());
}
