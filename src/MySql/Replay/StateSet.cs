using System.Collections.Immutable;
using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>
/// What one session has set, its schema included: immutable, and the same object for the same content.
/// </summary>
/// <remarks>
/// Because sets are interned, "has this server what this client wants?" is one reference comparison. Values
/// are the bytes of the wire, one char each (Latin-1), so that no encoding is guessed.
/// </remarks>
public sealed class StateSet
{
    private readonly ImmutableArray<KeyValuePair<string, string>> _items;
    private readonly StateInterner _interner;
    private StateSet? _shaping;

    internal StateSet(StateInterner interner, ImmutableArray<KeyValuePair<string, string>> items)
    {
        _interner = interner;
        _items = items;
        foreach (var (name, value) in items)
            ByteCount += name.Length + value.Length;
    }

    public ImmutableArray<KeyValuePair<string, string>> Items => _items;

    public int Count => _items.Length;

    public int ByteCount { get; }

    /// <summary>
    /// The part that decides what a text means; prepared statements are shared where it is the same.
    /// </summary>
    public StateSet Shaping => _shaping ??= _interner.Intern(
        [.. _items.Where(item => StateNames.ShapesStatements(item.Key))]);

    public string? Schema => TryGet(StateNames.Schema, out var schema) ? schema : null;

    /// <summary>It has a user variable that the other has not.</summary>
    public bool HasVariablesBeyond(StateSet other)
    {
        foreach (var (name, _) in _items)
        {
            if (StateNames.IsUserVariable(name) && other.IndexOf(name) < 0)
                return true;
        }
        return false;
    }

    public bool TryGet(string name, out string value)
    {
        var index = IndexOf(name);
        value = index >= 0 ? _items[index].Value : "";
        return index >= 0;
    }

    public StateSet With(string name, string value)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            return _items[index].Value == value ? this
                : _interner.Intern(_items.SetItem(index, KeyValuePair.Create(name, value)));
        }
        return _interner.Intern(_items.Insert(~index, KeyValuePair.Create(name, value)));
    }

    public StateSet Without(string name)
    {
        var index = IndexOf(name);
        return index < 0 ? this : _interner.Intern(_items.RemoveAt(index));
    }

    /// <summary>The same, but for what decides what a text means.</summary>
    public StateSet WithShaping(StateSet shaping)
    {
        var state = this;
        foreach (var (name, _) in _items)
        {
            if (StateNames.ShapesStatements(name) && !shaping.TryGet(name, out _))
                state = state.Without(name);
        }
        foreach (var (name, value) in shaping.Items)
            state = state.With(name, value);
        return state;
    }

    /// <summary>Where a name stands, or the complement of where it would.</summary>
    private int IndexOf(string name)
    {
        int low = 0, high = _items.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(_items[middle].Key, name);
            if (order == 0)
                return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
