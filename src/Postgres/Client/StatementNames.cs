using System.Diagnostics.CodeAnalysis;
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
    /// <summary>NAMEDATALEN - 1: PostgreSQL keeps no more of a name, and so compares no more.</summary>
    private const int NameBytesMax = 63;

    private Dictionary<byte[], PreparedStatement>? _byName;
    private List<NameChange>? _unsettled;

    public PreparedStatement? Unnamed { get; private set; }

    public int Count => _byName?.Count ?? 0;

    /// <summary>
    /// Names change wholesale by a statement on its way: none can be relied on until it is done.
    /// </summary>
    public bool IsWholesaleUnsettled { get; set; }

    public PreparedStatement? Find(ReadOnlySpan<byte> name)
    {
        if (_byName is null)
            return null;
        return _byName.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(Cut(name), out var statement) ? statement : null;
    }

    /// <summary>
    /// The name under which the client knows a statement; empty when it is only the unnamed one.
    /// </summary>
    public ReadOnlySpan<byte> NameOf(PreparedStatement statement)
    {
        if (_byName is not null)
        {
            foreach (var (name, held) in _byName)
            {
                if (held == statement)
                    return name;
            }
        }
        return default;
    }

    /// <summary>Does what the name means depend on replies of an earlier group?</summary>
    public bool IsInDoubt(ReadOnlySpan<byte> name, long group)
    {
        if (IsWholesaleUnsettled)
            return true;
        if (_unsettled is null || _unsettled.Count == 0)
            return false;
        foreach (var change in _unsettled)
        {
            if (change.Group != group && (change.Name ?? []).AsSpan().SequenceEqual(Cut(name)))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Gives a name (empty: none) its statement, or null to take it away, until the server disagrees.
    /// </summary>
    /// <param name="after">Held already by the caller for this table.</param>
    public NameChange Change(ReadOnlySpan<byte> name, PreparedStatement? after, long group)
    {
        var key = name.IsEmpty ? null : Cut(name).ToArray();
        var change = new NameChange(key, Set(key, after), after, group);
        (_unsettled ??= []).Add(change);
        return change;
    }

    /// <summary>The same without doubt: the server was not asked or has agreed already.</summary>
    public void Assign(ReadOnlySpan<byte> name, PreparedStatement? after)
    {
        if (Set(name.IsEmpty ? null : Cut(name).ToArray(), after) is { } before)
            registry.Release(before);
    }

    /// <summary>The server has done it.</summary>
    public void Settle(NameChange change)
    {
        _unsettled?.Remove(change);
        if (change.Before is not null)
            registry.Release(change.Before);
    }

    /// <summary>The server has refused or skipped it.</summary>
    public void Undo(NameChange change)
    {
        if (_unsettled?.Remove(change) != true)
            return;
        // A Parse that fails has dropped the unnamed statement all the same.
        var restored = change.Name is null ? null : change.Before;
        if (change.Name is null && change.Before is not null)
            registry.Release(change.Before);
        if (Set(change.Name, restored) is { } refused)
            registry.Release(refused);
    }

    /// <summary>DEALLOCATE ALL, DISCARD ALL, the session's end.</summary>
    public void Clear(bool unnamedToo)
    {
        if (_byName is not null)
        {
            foreach (var statement in _byName.Values)
                registry.Release(statement);
        }
        _byName = null;
        if (unnamedToo)
            DropUnnamed();
    }

    /// <summary>A simple Query ends the unnamed statement.</summary>
    public void DropUnnamed()
    {
        if (Unnamed is not null)
            registry.Release(Unnamed);
        Unnamed = null;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name) => name.Length > NameBytesMax ? name[..NameBytesMax] : name;

    /// <returns>What stood there before; its hold passes to the caller.</returns>
    private PreparedStatement? Set(byte[]? name, PreparedStatement? after)
    {
        PreparedStatement? before;
        if (name is null)
        {
            before = Unnamed;
            Unnamed = after;
            return before;
        }
        _byName ??= new Dictionary<byte[], PreparedStatement>(NameComparer.Instance);
        _byName.TryGetValue(name, out before);
        if (after is null) _byName.Remove(name);
        else _byName[name] = after;
        return before;
    }

    private sealed class NameComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly NameComparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);
    }
}
