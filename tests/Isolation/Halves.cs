namespace Sento.Tests.Isolation;

/// <summary>
/// Leaves out of a list what is not needed: first halves, then quarters, down to single items.
/// </summary>
internal static class Halves
{
    /// <param name="suffices">Whether these items still do.</param>
    public static async Task<IReadOnlyList<T>> LeftOut<T>(
        IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task<bool>> suffices)
    {
        for (var length = Math.Max(1, items.Count / 2); length >= 1; length /= 2)
        {
            for (var from = items.Count - length; from >= 0; from -= length)
            {
                if (from + length > items.Count)
                    continue;
                List<T> fewer = [.. items.Take(from), .. items.Skip(from + length)];
                items = await suffices(fewer) ? fewer : items;
            }
        }
        return items;
    }
}
