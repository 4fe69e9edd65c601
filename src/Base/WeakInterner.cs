using System.Collections.Immutable;
using System.Text;

namespace Sento.Base;

/// <summary>
/// Finds the one object for each set of names and values, so that equal sets are one reference. Not
/// thread-safe; holds what it finds weakly.
/// </summary>
public abstract class WeakInterner<T>
    where T : class
{
    private const int PurgeAtLeast = 256;
    private readonly Dictionary<string, WeakReference<T>> _sets = [];
    private int _purgeAt = PurgeAtLeast;
    private T? _empty;

    public T Empty => _empty ??= Make([]);

    /// <param name="items">In the order that equal sets share.</param>
    public T Intern(ImmutableArray<KeyValuePair<string, string>> items)
    {
        if (items.IsEmpty)
            return Empty;
        var key = KeyOf(items);
        if (_sets.TryGetValue(key, out var known) && known.TryGetTarget(out var set))
            return set;
        set = Make(items);
        _sets[key] = ReferenceTo(set);
        if (_sets.Count >= _purgeAt)
            Purge();
        return set;
    }

    protected abstract T Make(ImmutableArray<KeyValuePair<string, string>> items);

    protected virtual WeakReference<T> ReferenceTo(T set) => new(set);

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
