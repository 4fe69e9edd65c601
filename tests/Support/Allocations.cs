namespace Sento.Tests.Support;

/// <summary>What a piece of work takes from the heap.</summary>
public static class Allocations
{
    private const int Rounds = 3;

    /// <summary>
    /// The least that one of three rounds took on this thread. The runtime itself takes a little now and
    /// then, when it compiles a method anew: never in each round.
    /// </summary>
    public static long Least(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
