namespace Sento.Model;

/// <summary>Guesses what somebody meant to write.</summary>
public static class Suggestion
{
    // Nobody means a name by something much longer; and the work grows with the square.
    private const int CharactersMax = 64;

    /// <summary>
    /// The clause to append to a fault: "; did you mean X?", or nothing when nothing is close.
    /// </summary>
    public static string For(string text, IEnumerable<string> allowed)
    {
        if (text.Length > CharactersMax)
            return "";
        var best = allowed
            .Select(
                name => (Name: name, Distance: Distance(text.ToUpperInvariant(), name.ToUpperInvariant())))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, best.Name.Length / 3)
            ? $"; did you mean {best.Name}?"
            : "";
    }

    /// <summary>
    /// Characters to insert, delete, replace or swap with their neighbour until the texts are equal.
    /// </summary>
    private static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= to.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var change = from[i - 1] == to[j - 1] ? 0 : 1;
                var least =
                    Math.Min(rows[i - 1, j] + 1, Math.Min(rows[i, j - 1] + 1, rows[i - 1, j - 1] + change));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                rows[i, j] = least;
            }
        }
        return rows[from.Length, to.Length];
    }
}
