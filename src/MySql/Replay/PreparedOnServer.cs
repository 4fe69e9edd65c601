using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>
/// Which statements one server connection has prepared; the least recently used go first. Loop thread only.
/// </summary>
internal sealed class PreparedOnServer
{
    private readonly Dictionary<PreparedStatement, Entry> _entries = [];
    private Entry? _newest;
    private Entry? _oldest;

    public int Count => _entries.Count;

    /// <summary>Null: it is not there.</summary>
    public Entry? Find(PreparedStatement statement)
    {
        if (!_entries.TryGetValue(statement, out var entry))
            return null;
        if (entry != _newest)
        {
            Unlink(entry);
            Link(entry);
        }
        return entry;
    }

    /// <summary>The server has prepared it under this number.</summary>
    public void Add(PreparedStatement statement, uint serverId)
    {
        Invariant.Holds(!_entries.ContainsKey(statement));
        var entry = new Entry(statement, serverId);
        _entries.Add(statement, entry);
        Link(entry);
    }

    public void Remove(Entry entry)
    {
        _entries.Remove(entry.Statement);
        Unlink(entry);
    }

    /// <summary>The one to close so that one more fits; null: there is room.</summary>
    public Entry? Surplus(int max) => _entries.Count < max ? null : _oldest;

    /// <summary>A reset has closed them all.</summary>
    public void Clear()
    {
        _entries.Clear();
        _newest = _oldest = null;
    }

    private void Link(Entry entry)
    {
        entry.Older = _newest;
        entry.Newer = null;
        if (_newest is null) _oldest = entry;
        else _newest.Newer = entry;
        _newest = entry;
    }

    private void Unlink(Entry entry)
    {
        if (entry.Older is null) _oldest = entry.Newer;
        else entry.Older.Newer = entry.Newer;
        if (entry.Newer is null) _newest = entry.Older;
        else entry.Newer.Older = entry.Older;
    }

    /// <summary>A statement as one server connection knows it.</summary>
    internal sealed class Entry(PreparedStatement statement, uint serverId)
    {
        public readonly PreparedStatement Statement = statement;
        public readonly uint ServerId = serverId;

        /// <summary>The parameter types that were sent here last; null: none were.</summary>
        public byte[]? Types;

        /// <summary>It has been executed with a cursor here.</summary>
        public bool HadCursor;

        public bool HasTypes(byte[]? types) => ReferenceEquals(types, Types)
            || (types is not null && Types is not null && types.AsSpan().SequenceEqual(Types));

        internal Entry? Older;
        internal Entry? Newer;
    }
}
