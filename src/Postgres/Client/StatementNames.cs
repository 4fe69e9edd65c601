using Sento.Base;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// One client's prepared statements: its names, and which of them the server has yet to agree to.
/// </summary>
/// <remarks>
/// A name changes when its message is sent, so that later messages of the same group find it; when the server
/// refuses or skips the message, the change is undone. A later group that meets a name in doubt must wait.
/// </remarks>
internal sealed class StatementNames(StatementRegistry registry)
{
    private Dictionary<byte[], NamedStatement>? _byName;
    private List<NameChange>? _unsettled;
    private long _bytes;

    public PreparedStatement? Unnamed { get; private set; }

    /// <summary>When the client has parsed its unnamed statement.</summary>
    public long UnnamedSince { get; private set; }

    /// <summary>How our own names begin on servers.</summary>
    public string ServerPrefix => registry.NamePrefix;

    /// <summary>The group in which names were last placed on the server; 0: there are none.</summary>
    public long PlacedGroup { get; set; }

    public PreparedStatement? Find(ReadOnlySpan<byte> name)
    {
        if (_byName is null)
            return null;
        var lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        return lookup.TryGetValue(NameComparer.Cut(name), out var named) ? named.Statement : null;
    }

    /// <param name="key">The name as the table keeps it; null: it has none such.</param>
    /// <param name="since">When the client has parsed it.</param>
    public PreparedStatement? Find(ReadOnlySpan<byte> name, out byte[]? key, out long since)
    {
        (key, since) = (null, 0);
        if (_byName is null)
            return null;
        var lookup = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(NameComparer.Cut(name), out key, out var named))
            return null;
        since = named.Since;
        return named.Statement;
    }

    /// <param name="statement">To be held under one more name; let go where there is no room.</param>
    /// <exception cref="ProtocolViolation">It says how many a client may hold.</exception>
    public void ExpectRoomFor(PreparedStatement statement)
    {
        var isOneTooMany = _byName?.Count >= Limits.StatementsPerClientMax;
        if (!isOneTooMany && _bytes + statement.Tail.Length <= Limits.StatementBytesPerClientMax)
            return;
        registry.Release(statement);
        throw new ProtocolViolation(isOneTooMany
            ? $"a client may hold {Limits.StatementsPerClientMax} prepared statements: "
                + "close those that are not needed"
            : $"a client may hold {Limits.StatementBytesPerClientMax} bytes of prepared statements: "
                + "close those that are not needed");
    }

    /// <summary>As many changes wait for the server's word as are followed: the next one waits too.</summary>
    public bool IsCrowded => _unsettled is { Count: >= Limits.UnsettledNamesMax };

    /// <summary>Does anything depend on replies of an earlier group?</summary>
    public bool HasUnsettledBefore(ReplyQueue replies)
    {
        var group = replies.Group;
        if (replies.OwesWholesale || IsPlacedBefore(replies))
            return true;
        foreach (var change in _unsettled ?? [])
        {
            if (change.Group != group)
                return true;
        }
        return false;
    }

    /// <summary>Does what the name means depend on replies of an earlier group?</summary>
    public bool IsInDoubt(ReadOnlySpan<byte> name, ReplyQueue replies) =>
        replies.OwesWholesale || IsPlacedBefore(replies) || IsUnsettled(NameComparer.Cut(name), replies);

    /// <summary>The same of the unnamed statement.</summary>
    public bool IsUnnamedInDoubt(ReplyQueue replies) => IsUnsettled(default, replies);

    private bool IsUnsettled(ReadOnlySpan<byte> name, ReplyQueue replies)
    {
        for (var i = (_unsettled?.Count ?? 0) - 1; i >= 0; i--)
        {
            // What was sent last decides: behind a refusal in its own group nothing is done.
            if (_unsettled![i].Name.AsSpan().SequenceEqual(name))
                return _unsettled[i].Group != replies.Group;
        }
        return false;
    }

    private bool IsPlacedBefore(ReplyQueue replies) =>
        PlacedGroup != 0 && PlacedGroup != replies.Group && !replies.IsAnswered(PlacedGroup);

    /// <summary>
    /// Gives a name (empty: none) its statement, or null to take it away, until the server disagrees.
    /// </summary>
    /// <param name="after">Held already by the caller for this table.</param>
    public NameChange Change(ReadOnlySpan<byte> name, PreparedStatement? after, long group)
    {
        var key = name.IsEmpty ? null : NameComparer.Cut(name).ToArray();
        NamedStatement? named = after is null ? null : new NamedStatement(after, registry.NextMoment());
        var change = new NameChange(registry.NextMoment(), key, Set(key, named), group);
        (_unsettled ??= []).Add(change);
        return change;
    }

    /// <summary>The same without doubt: the server was not asked or has agreed already.</summary>
    public void Remove(ReadOnlySpan<byte> name)
    {
        if (Set(NameComparer.Cut(name).ToArray(), null) is { } before)
            registry.Release(before.Statement);
    }

    /// <summary>The client parses what is its unnamed statement already.</summary>
    public void RenewUnnamed() => UnnamedSince = registry.NextMoment();

    /// <summary>The server has done it.</summary>
    public void Settle(NameChange change)
    {
        if (TryTake(change, out var known, out _) && known.Before is { } before)
            registry.Release(before.Statement);
    }

    /// <summary>The server has refused or skipped it.</summary>
    /// <param name="wasTried">
    /// A Parse that fails has dropped the unnamed statement all the same; one that was skipped has not.
    /// </param>
    public void Undo(NameChange change, bool wasTried)
    {
        if (!TryTake(change, out var known, out var at))
            return;
        var restored = known.Name is null && wasTried ? null : known.Before;
        if (restored is null && known.Before is { } before)
            registry.Release(before.Statement);
        // What has been sent behind it still changes the name: from there it goes back further now.
        for (; at < _unsettled!.Count; at++)
        {
            var next = _unsettled[at];
            if (!next.IsOf(known.Name))
                continue;
            if (next.Before is { } between)
                registry.Release(between.Statement);
            _unsettled[at] = next with { Before = restored };
            return;
        }
        if (Set(known.Name, restored) is { } refused)
            registry.Release(refused.Statement);
    }

    /// <summary>DEALLOCATE ALL, DISCARD ALL, the session's end.</summary>
    public void Clear(bool unnamedToo)
    {
        if (_byName is not null)
        {
            foreach (var named in _byName.Values)
                registry.Release(named.Statement);
        }
        _byName = null;
        _bytes = 0;
        if (unnamedToo)
            DropUnnamed();
    }

    /// <summary>
    /// A simple Query ends the unnamed statement. While replies are owed it may be skipped itself, and what
    /// is skipped before it must not bring the statement back.
    /// </summary>
    /// <returns>Null: there was none, or it has ended for certain.</returns>
    public NameChange? EndUnnamed(ReplyQueue replies)
    {
        if (replies.IsGroupOpen || replies.OwesClientGroups)
        {
            var isChanging = false;
            foreach (var change in _unsettled ?? [])
                isChanging |= change.Name is null;
            return Unnamed is null && !isChanging ? null : Change(default, null, replies.Group);
        }
        DropUnnamed();
        return null;
    }

    /// <summary>Takes a change from the table, as the table knows it.</summary>
    private bool TryTake(in NameChange change, out NameChange known, out int at)
    {
        for (at = 0; at < _unsettled?.Count; at++)
        {
            known = _unsettled[at];
            if (known.Id != change.Id)
                continue;
            _unsettled.RemoveAt(at);
            return true;
        }
        known = default;
        return false;
    }

    /// <summary>The unnamed statement has ended, whatever has been sent behind what ended it.</summary>
    public void OnUnnamedLost()
    {
        for (var i = 0; i < _unsettled?.Count; i++)
        {
            var next = _unsettled[i];
            if (next.Name is not null)
                continue;
            if (next.Before is { } before)
                registry.Release(before.Statement);
            _unsettled[i] = next with { Before = null };
            return;
        }
        DropUnnamed();
    }

    /// <summary>The unnamed statement has ended.</summary>
    public void DropUnnamed()
    {
        if (Unnamed is not null)
            registry.Release(Unnamed);
        Unnamed = null;
    }

    /// <returns>What stood there before; its hold passes to the caller.</returns>
    private NamedStatement? Set(byte[]? name, NamedStatement? after)
    {
        if (name is null)
        {
            NamedStatement? unnamed = Unnamed is null ? null : new NamedStatement(Unnamed, UnnamedSince);
            (Unnamed, UnnamedSince) = (after?.Statement, after?.Since ?? 0);
            return unnamed;
        }
        _byName ??= new Dictionary<byte[], NamedStatement>(NameComparer.Instance);
        NamedStatement? before = _byName.TryGetValue(name, out var known) ? known : null;
        if (after is { } named) _byName[name] = named;
        else _byName.Remove(name);
        _bytes += (after?.Statement.Tail.Length ?? 0) - (before?.Statement.Tail.Length ?? 0);
        return before;
    }
}

/// <summary>What one name of a client means.</summary>
/// <param name="Since">
/// When the client has parsed it. What a server has prepared before may be out of date: it could have seen
/// the schema as it was before a change that nobody told us of.
/// </param>
internal readonly record struct NamedStatement(PreparedStatement Statement, long Since);
