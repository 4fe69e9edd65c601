using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// Which statement each portal of one client executes, from its Bind to the end of the transaction.
/// </summary>
/// <remarks>
/// Where that is not known it may be any statement: what it may change is asked of the server afterwards. A
/// portal that is not in the books does not exist, and the server says so. Loop thread only.
/// </remarks>
internal sealed class ClientPortals
{
    /// <summary>Portals of one transaction that are told apart; beyond, none is known.</summary>
    public const int NamedMax = 1000;

    private Dictionary<byte[], Portal>? _named;
    private Portal _unnamed;
    private bool _isCrowded;
    private bool _isDescribed;

    /// <summary>The name of the statement that the unnamed portal executes; null: it has none.</summary>
    public byte[]? UnnamedStatementName { get; private set; }

    /// <summary>Rows of the unnamed portal would come without their description.</summary>
    public bool IsUndescribed => UnnamedStatementName is not null && !_isDescribed;

    /// <summary>A Bind is being sent.</summary>
    /// <param name="statement">Null: there is none, and the server refuses the Bind.</param>
    /// <param name="name">The statement's own name; null: it has none.</param>
    /// <param name="group">The group of messages in which it is sent.</param>
    public void Bind(ReadOnlySpan<byte> portal, PreparedStatement? statement, byte[]? name, long group)
    {
        if (portal.IsEmpty)
        {
            (_unnamed, UnnamedStatementName, _isDescribed) = (new Portal(statement, group), name, false);
            return;
        }
        _named ??= new Dictionary<byte[], Portal>(NameComparer.Instance);
        var lookup = _named.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (_named.Count < NamedMax || lookup.ContainsKey(NameComparer.Cut(portal)))
            lookup[NameComparer.Cut(portal)] = new Portal(statement, group);
        else
            _isCrowded = true;
    }

    public void OnDescribed(ReadOnlySpan<byte> portal) => _isDescribed |= portal.IsEmpty;

    /// <summary>What the unnamed portal executes, as far as its Bind succeeds.</summary>
    public PreparedStatement? Unnamed => _unnamed.Statement;

    /// <param name="statement">Null: none that could do anything.</param>
    /// <returns>False: it depends on replies of an earlier group that are still owed.</returns>
    public bool TryFind(ReadOnlySpan<byte> portal, ReplyQueue replies, out PreparedStatement? statement)
    {
        var found = portal.IsEmpty ? _unnamed : FindNamed(NameComparer.Cut(portal));
        statement = found.Statement;
        return found.Group == 0 || found.Group == replies.Group || replies.IsAnswered(found.Group);
    }

    private Portal FindNamed(ReadOnlySpan<byte> name)
    {
        if (_named is not null)
        {
            var lookup = _named.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (lookup.TryGetValue(name, out var found))
                return found;
        }
        return _isCrowded ? new Portal(PreparedStatement.Unknown, 0) : default;
    }

    /// <summary>
    /// A group has failed: which of its Binds were still done, and which portals are those of before, is not
    /// followed.
    /// </summary>
    public void OnError(long group)
    {
        if (_unnamed.Group == group)
            _unnamed = new Portal(PreparedStatement.Unknown, group);
        foreach (var (name, portal) in _named ?? [])
        {
            if (portal.Group == group)
                _named![name] = new Portal(PreparedStatement.Unknown, group);
        }
    }

    /// <summary>No transaction is open and nothing owed: no portal is left.</summary>
    public void OnBoundary()
    {
        _named = null;
        _isCrowded = false;
        (_unnamed, UnnamedStatementName) = (default, null);
    }

    /// <param name="Group">0: it has none.</param>
    private readonly record struct Portal(PreparedStatement? Statement, long Group);
}
