using System.Runtime.CompilerServices;
using System.Text;

namespace Sento.MySql.Replay;

/// <summary>
/// What SET NAMES has led to on connections of one pool: the same text in the same state leads there again,
/// so that drivers which send it as their first statement need no server connection for it. Loop thread only.
/// </summary>
/// <remarks>
/// Such a driver can then cancel a statement over a new connection while all server connections are busy.
/// </remarks>
internal sealed class KnownNames
{
    private const int EntriesMax = 64;
    private const int TextBytesMax = 64;

    private readonly Dictionary<(StateSet From, string Text), Result> _results = new(Comparer.Instance);

    /// <summary>Null: it is too long to be remembered.</summary>
    public static string? KeyOf(ReadOnlySpan<byte> text) =>
        text.Length <= TextBytesMax ? Encoding.Latin1.GetString(text) : null;

    public bool TryGet(StateSet from, string text, out Result result) =>
        _results.TryGetValue((from, text), out result);

    public void Add(StateSet from, string text, Result result)
    {
        if (_results.Count >= EntriesMax)
            _results.Clear();
        _results[(from, text)] = result;
    }

    public void Clear() => _results.Clear();

    /// <param name="To">The state that it led to.</param>
    /// <param name="Changes">What the server's OK told of it.</param>
    public readonly record struct Result(StateSet To, byte[] Changes);

    /// <summary>Equal states are one and the same object.</summary>
    private sealed class Comparer : IEqualityComparer<(StateSet From, string Text)>
    {
        public static readonly Comparer Instance = new();

        public bool Equals((StateSet From, string Text) one, (StateSet From, string Text) other) =>
            ReferenceEquals(one.From, other.From) && one.Text == other.Text;

        public int GetHashCode((StateSet From, string Text) key) =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(key.From), key.Text);
    }
}
