using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>
/// Which statements one server connection has prepared; the least recently used go first. Loop thread only.
/// </summary>
internal sealed class PreparedOnServer
{
    private readonly Dictionary<PreparedStatement, Entry> _entries = [];
    private readonly RecencyList<Entry> _byUse = new();

    public int Count => _entries.Count;

    /// <summary>Null: it is not there.</summary>
    public Entry? Find(PreparedStatement statement)
    {
        if (!_entries.TryGetValue(statement, out var entry))
            return null;
        _byUse.Touch(entry);
        return entry;
    }

    /// <summary>The server has prepared it under this number.</summary>
    public void Add(PreparedStatement statement, uint serverId)
    {
        Invariant.Holds(!_entries.ContainsKey(statement));
        var entry = new Entry(statement, serverId);
        _entries.Add(statement, entry);
        _byUse.Add(entry);
    }

    public void Remove(Entry entry)
    {
        _entries.Remove(entry.Statement);
        _byUse.Remove(entry);
    }

    /// <summary>The one to close so that one more fits; null: there is room.</summary>
    public Entry? Surplus(int max) => _entries.Count < max ? null : _byUse.Oldest;

    /// <summary>A reset has closed them all.</summary>
    public void Clear()
    {
        _entries.Clear();
        _byUse.Clear();
    }

    /// <summary>A statement as one server connection knows it.</summary>
    internal sealed class Entry(PreparedStatement statement, uint serverId) : RecencyLink<Entry>
    {
        public readonly PreparedStatement Statement = statement;
        public readonly uint ServerId = serverId;

        /// <summary>The parameter types that were sent here last; null: none were.</summary>
        public byte[]? Types;

        /// <summary>It has been executed with a cursor here.</summary>
        public bool HadCursor;

        public bool HasTypes(byte[]? types) => ReferenceEquals(types, Types)
            || (types is not null && Types is not null && types.AsSpan().SequenceEqual(Types));
    }
}
