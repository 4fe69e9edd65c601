using Sento.Base;

namespace Sento.Postgres.Replay;

/// <summary>
/// Which statements one server connection has prepared; the least recently used go first. Loop thread
/// only.
/// </summary>
internal sealed class PreparedOnServer(Schema schema)
{
    private readonly Dictionary<PreparedStatement, Entry> _entries = [];
    private readonly RecencyList<Entry> _byUse = new();
    private long _epoch;

    public int Count => _entries.Count;

    /// <summary>Is it there, and if so, is that certain?</summary>
    /// <param name="group">The group of messages now being written; its own earlier Parse counts as
    /// done.</param>
    /// <param name="since">When the client that asks has parsed it: what is here must not be older.</param>
    public PreparedPresence Find(PreparedStatement statement, long group, long since)
    {
        if (!_entries.TryGetValue(statement, out var entry))
            return PreparedPresence.Absent;
        _byUse.Touch(entry);
        if (entry.IsStale || entry.ParsedAt < since || (entry.PendingGroup == 0 && IsOutdated(entry)))
            return PreparedPresence.Stale;
        return entry.PendingGroup == 0 || entry.PendingGroup == group
            ? PreparedPresence.Present
            : PreparedPresence.Unsettled;
    }

    /// <summary>When it was parsed here.</summary>
    public long ParsedAt(PreparedStatement statement) => _entries[statement].ParsedAt;

    /// <summary>A Parse for it is being sent.</summary>
    /// <param name="moment">See <see cref="StatementRegistry.NextMoment"/>.</param>
    public void AddPending(PreparedStatement statement, long group, long moment)
    {
        Invariant.Holds(!_entries.ContainsKey(statement));
        var entry = new Entry(statement)
        {
            PendingGroup = group,
            ParsedAt = moment,
            Generation = schema.Generation,
            Epoch = _epoch,
        };
        _entries.Add(statement, entry);
        _byUse.Add(entry);
    }

    /// <summary>The server has said ParseComplete.</summary>
    public void Confirm(PreparedStatement statement)
    {
        if (_entries.TryGetValue(statement, out var entry))
            (entry.PendingGroup, entry.IsKept) = (0, false);
    }

    /// <summary>The server has refused or skipped the Parse, or has been told to close it.</summary>
    public void Remove(PreparedStatement statement)
    {
        if (!_entries.TryGetValue(statement, out var entry))
            return;
        if (entry.IsKept)
        {
            // A Close before this Parse was skipped as well: the old one is still there, under the same name.
            entry.IsKept = false;
            entry.IsStale = true;
            entry.PendingGroup = 0;
            return;
        }
        _entries.Remove(statement);
        _byUse.Remove(entry);
    }

    /// <summary>The server has skipped the Close of it: it is still there, and is closed before its next use.</summary>
    public void Keep(PreparedStatement statement)
    {
        if (_entries.TryGetValue(statement, out var entry))
        {
            entry.IsKept = true;
            return;
        }
        entry = new Entry(statement) { IsStale = true };
        _entries.Add(statement, entry);
        _byUse.Add(entry);
    }

    /// <summary>
    /// Names may mean other objects now, temporary ones: all are prepared anew before their next use.
    /// </summary>
    public void MarkAllStale() => _epoch++;

    /// <summary>
    /// Its result type has changed: it must be closed and prepared anew before its next use.
    /// </summary>
    public void MarkStale(PreparedStatement statement)
    {
        if (_entries.TryGetValue(statement, out var entry))
            entry.IsStale = true;
    }

    /// <summary>The statement to close so that one more fits; null: there is room.</summary>
    public PreparedStatement? Surplus(int max)
    {
        if (_entries.Count < max)
            return null;
        for (var entry = _byUse.Oldest; entry is not null; entry = entry.Newer)
        {
            // What is not settled yet may still be needed by messages that are on their way.
            if (entry.PendingGroup == 0)
                return entry.Statement;
        }
        return null;
    }

    public void Clear()
    {
        _entries.Clear();
        _byUse.Clear();
    }

    private bool IsOutdated(Entry entry) => entry.Generation != schema.Generation || entry.Epoch != _epoch;

    private sealed class Entry(PreparedStatement statement) : RecencyLink<Entry>
    {
        public readonly PreparedStatement Statement = statement;

        /// <summary>0: confirmed.</summary>
        public long PendingGroup;
        public bool IsStale;
        public bool IsKept;
        public long ParsedAt;
        public long Generation;
        public long Epoch;
    }
}

internal enum PreparedPresence { Absent, Present, Unsettled, Stale }
