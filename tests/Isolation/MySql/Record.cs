namespace Sento.Tests.Isolation.MySql;

/// <summary>All that the clients of one run heard, turn by turn.</summary>
public sealed class Record : IRecord
{
    private readonly List<(string Text, string Heard)> _turns = [];

    public IReadOnlyList<(string Text, string Heard)> Heard => _turns;

    public bool HasTimeout { get; set; }

    public void Add(string text, IEnumerable<string> heard) => _turns.Add((text, string.Join("  ", heard)));

    /// <summary>The first turn after which the two differ, or null.</summary>
    public static int? FirstDifference(Record one, Record two)
    {
        for (var i = 0; i < Math.Max(one._turns.Count, two._turns.Count); i++)
        {
            if (i >= one._turns.Count || i >= two._turns.Count || one._turns[i] != two._turns[i])
                return i;
        }
        return null;
    }
}
