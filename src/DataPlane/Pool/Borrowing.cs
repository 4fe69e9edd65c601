using Sento.Base;

namespace Sento.DataPlane.Pool;

/// <summary>Whoever needs a server connection: a client's session, or work of our own.</summary>
public interface IBorrower
{
    /// <summary>
    /// Whose client it borrows for: says which target is the right one. Null: this one, whatever its role.
    /// </summary>
    Routing.Endpoint? Endpoint => null;

    /// <summary>
    /// Says who used a connection last, so that a client that comes back can get its own again; 0: nobody
    /// who comes back.
    /// </summary>
    long BorrowerId => 0;

    /// <summary>Loop thread, never inside <see cref="TargetPool.Borrow"/>.</summary>
    void OnBorrowed(ServerConnection server);

    void OnBorrowFailed(BorrowFailure failure);
}

public enum BorrowFailureKind
{
    TimedOut,
    QueueFull,
    ServerRefused,
    Draining,

    /// <summary>No target has the role that the endpoint promises.</summary>
    NoTarget,

    /// <summary>
    /// Not a failure: the target is the wrong one by now. The borrower asks again, elsewhere.
    /// </summary>
    Moved,
}

/// <summary>Why no connection could be lent.</summary>
/// <param name="Message">For the client; names the setting and its value.</param>
/// <param name="ServerError">What the server itself answered, protocol-specific; null: it did not.</param>
public sealed record BorrowFailure(
    BorrowFailureKind Kind, string Message, string? Hint = null, object? ServerError = null)
{
    public static readonly BorrowFailure Moved = new(BorrowFailureKind.Moved, "");

    /// <summary>How things stand, in numbers; null: there is nothing to add.</summary>
    public string? Detail { get; init; }
}

/// <summary>A place in a pool's queue. Each borrower owns one and uses it again and again.</summary>
public sealed class BorrowTicket(IBorrower borrower)
{
    internal BorrowTicket? Next;
    internal BorrowTicket? Previous;
    internal TargetPool? Pool;
    internal ServerConnection? LastServer;

    public IBorrower Borrower { get; } = borrower;

    public bool IsWaiting => Pool is not null;

    public LoopTime Since { get; internal set; }

    public LoopTime Deadline { get; internal set; }

    public long BorrowerId => Borrower.BorrowerId;

    /// <summary>Nothing is wanted any more; nothing happens if it does not wait.</summary>
    public void Withdraw() => Pool?.Withdraw(this);

    /// <summary>The pool's idle connection that it had last and nobody since; null: there is none.</summary>
    internal ServerConnection? OwnIdle(TargetPool pool) =>
        LastServer is { Stage: ServerStage.Idle } last && last.Pool == pool && last.LastBorrowerId == BorrowerId
            ? last
            : null;
}

/// <summary>First come, first served; leaving in the middle takes constant time.</summary>
internal sealed class BorrowQueue
{
    private BorrowTicket? _first;
    private BorrowTicket? _last;

    public int Count { get; private set; }

    public BorrowTicket? First => _first;

    public void Enqueue(BorrowTicket ticket, TargetPool pool)
    {
        Invariant.Holds(ticket.Pool is null);
        ticket.Pool = pool;
        ticket.Previous = _last;
        if (_last is null) _first = ticket;
        else _last.Next = ticket;
        _last = ticket;
        Count++;
    }

    public void Remove(BorrowTicket ticket)
    {
        if (ticket.Previous is null) _first = ticket.Next;
        else ticket.Previous.Next = ticket.Next;
        if (ticket.Next is null) _last = ticket.Previous;
        else ticket.Next.Previous = ticket.Previous;
        ticket.Next = ticket.Previous = null;
        ticket.Pool = null;
        Count--;
    }
}
