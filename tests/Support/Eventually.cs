using System.Runtime.CompilerServices;

namespace Sento.Tests.Support;

/// <summary>Waits for a fact that nothing announces. The one place where tests ask again and again.</summary>
public static class Eventually
{
    /// <summary>
    /// Generous, since test machines are slow and shared; a fact that holds costs no more than one turn.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns once the fact holds; throws with the fact's text when it never did.</summary>
    public static async Task Holds(
        Func<Task<bool>> fact,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(fact))] string? what = null)
    {
        var end = DateTime.UtcNow + (deadline ?? Deadline);
        using var turns = new PeriodicTimer(Turn);
        while (!await fact())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"Did not become true in {deadline ?? Deadline}: {what}");
            await turns.WaitForNextTickAsync();
        }
    }

    public static Task Holds(
        Func<bool> fact,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(fact))] string? what = null) =>
        Holds(() => Task.FromResult(fact()), deadline, what);
}
