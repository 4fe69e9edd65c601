using Sento.Postgres.Client;
using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>What was sent to a server and so what it owes.</summary>
internal enum ReplyKind : byte
{
    Query,
    Parse,
    ParseUnnamed,
    Bind,
    DescribeStatement,
    DescribePortal,
    Execute,
    Close,
    CloseUnnamed,
    Sync,
    FunctionCall,

    /// <summary>
    /// A CopyDone or CopyFail that was sent when no COPY was known to run: no reply of its own.
    /// </summary>
    CopyEnd,

    /// <summary>Not sent: the client gets CloseComplete when its turn comes.</summary>
    ElidedClose,

    /// <summary>Not sent: the client gets CommandComplete and ReadyForQuery when its turn comes.</summary>
    ElidedQuery,
}

/// <summary>Where a reply goes.</summary>
internal enum ReplyRoute : byte
{
    Client,

    /// <summary>Ours, inside a client's group: swallowed, but an error of it is the client's error.</summary>
    Swallow,

    /// <summary>Ours, in a group of its own: told to its exchange.</summary>
    Internal,
}

/// <summary>One place in the order of replies.</summary>
internal struct ExpectedReply
{
    public ReplyKind Kind;
    public ReplyRoute Route;

    /// <summary>The statement that a Parse makes or a Bind uses.</summary>
    public PreparedStatement? Statement;

    /// <summary>The client's name table as it was before, should the server not agree.</summary>
    public NameChange? Change;

    public InternalExchange? Exchange;

    /// <summary>DEALLOCATE ALL or DISCARD ALL may be done by it: until then no name is certain.</summary>
    public bool IsWholesale;

    /// <summary>
    /// The client's own name for it, where the server may speak of ours; of what we add to a group: the
    /// name that it
    /// places on the server.
    /// </summary>
    public byte[]? Name;

    /// <summary>
    /// What we answer ourselves: of an elided Query its CommandComplete; of a Describe that is refused for us
    /// the ParameterDescription ahead of the error. Whole messages.
    /// </summary>
    public byte[]? Answer;

    /// <summary>
    /// Bytes that our name is longer than the client's in a rewritten text; positions in errors count
    /// them.
    /// </summary>
    public int PositionShift;
}

/// <summary>A change of a client's name table that takes effect when the server agrees.</summary>
/// <remarks>A value: clients that mix Query and Parse make one for each Parse.</remarks>
/// <param name="Id">Tells it from all others.</param>
/// <param name="Name">Null: the unnamed statement.</param>
/// <param name="Before">What the name meant; the table's own copy knows it better by and by.</param>
/// <param name="Group">The group of messages that it belongs to.</param>
internal readonly record struct NameChange(long Id, byte[]? Name, NamedStatement? Before, long Group)
{
    public bool IsOf(byte[]? other) =>
        Name is null || other is null ? ReferenceEquals(Name, other) : Name.AsSpan().SequenceEqual(other);
}

/// <summary>
/// A conversation of our own with a server, in one simple Query, between or before a client's messages.
/// </summary>
internal abstract class InternalExchange
{
    /// <summary>The SQL to send.</summary>
    public abstract ReadOnlySpan<byte> Sql { get; }

    /// <summary>Body of a DataRow.</summary>
    public virtual void OnRow(ReadOnlySpan<byte> body)
    {
    }

    /// <summary>Body of an ErrorResponse.</summary>
    public virtual void OnError(ReadOnlySpan<byte> body) => HasFailed = true;

    public bool HasFailed { get; protected set; }

    /// <summary>ReadyForQuery has come; nothing of it is owed any more.</summary>
    public abstract void OnDone(PostgresServer server);

    /// <summary>The connection is gone before all of it has come.</summary>
    public virtual void OnLost()
    {
    }
}
