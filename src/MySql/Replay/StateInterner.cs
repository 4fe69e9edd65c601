using System.Collections.Immutable;
using System.Text;

namespace Sento.MySql.Replay;

/// <summary>Finds the one object for each content. Loop thread only; holds sets weakly.</summary>
public sealed class StateInterner
{
    private const int PurgeAtLeast = 256;
    private readonly Dictionary<string, WeakReference<StateSet>> _sets = [];
    private int _purgeAt = PurgeAtLeast;

    public StateInterner() => Empty = new StateSet(this, []);

    public StateSet Empty { get; }

    /// <param name="items">Sorted by name.</param>
    internal StateSet Intern(ImmutableArray<KeyValuePair<string, string>> items)
    {
        if (items.IsEmpty)
            return Empty;
        var key = KeyOf(items);
        if (_sets.TryGetValue(key, out var known) && known.TryGetTarget(out var set))
            return set;
        set = new StateSet(this, items);
        _sets[key] = new WeakReference<StateSet>(set);
        if (_sets.Count >= _purgeAt)
            Purge();
        return set;
    }

    private void Purge()
    {
        foreach (var (key, reference) in _sets.ToArray())
        {
            if (!reference.TryGetTarget(out _))
                _sets.Remove(key);
        }
        _purgeAt = Math.Max(PurgeAtLeast, _sets.Count * 2);
    }

    private static string KeyOf(ImmutableArray<KeyValuePair<string, string>> items)
    {
        var key = new StringBuilder();
        foreach (var (name, value) in items)
            key.Append(name.Length).Append(':').Append(name).Append(value.Length).Append(':').Append(value);
        return key.ToString();
    }
}
