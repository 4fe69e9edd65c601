using Sento.DataPlane.Pool;
using Sento.DataPlane.Routing;
using Sento.DataPlane.Session;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// A server speaks first, so clients are greeted as the target greets: the first client of all waits for
/// one connection that tells how. That connection stays in its pool.
/// </summary>
/// <remarks>
/// Clients are not to depend on the user who asks: the greeting is known as well where the server refuses it.
/// </remarks>
internal sealed class TargetLearner(
    MySqlProtocol protocol, Target target, Endpoint endpoint, Action ended) : IBorrower
{
    private readonly List<(ClientSession Client, Action<ErrPacket?> Done)> _waiting = [];
    private BorrowTicket? _ticket;
    private TargetPool? _pool;

    /// <summary>Of the client that came first: where it is led, all others ask again.</summary>
    public Endpoint? Endpoint => endpoint;

    public void Add(ClientSession client, Action<ErrPacket?> done)
    {
        if (_waiting.Count == _waiting.Capacity)
            LetGo();
        _waiting.Add((client, done));
        if (_ticket is not null)
            return;
        _ticket = new BorrowTicket(this);
        if (PoolToAsk() is not { } pool)
        {
            End(new ErrPacket(1105, "HY000",
                "No secret of Auth or AuthQuery tells Sento how to sign in to the target."));
            return;
        }
        _pool = pool;
        var server = pool.Borrow(_ticket, out var failure);
        if (server is not null)
            OnBorrowed(server);
        else if (failure is not null)
            OnBorrowFailed(failure);
    }

    public void OnBorrowed(ServerConnection server)
    {
        server.LastBorrowerId = 0;
        server.Release();
        End(null);
    }

    public void OnBorrowFailed(BorrowFailure failure) =>
        End(failure.Kind == BorrowFailureKind.Moved || TargetFacts.Of(target).Greeting is not null
            ? null : Errors.NotGreeted(target.Config, failure));

    /// <summary>It is known how the target greets, whatever becomes of the connection.</summary>
    public void OnGreeted()
    {
        if (_ticket is { IsWaiting: true } ticket)
            _pool!.Withdraw(ticket);
        End(null);
    }

    /// <summary>
    /// A target may be silent for minutes while clients come and leave: those that have left are held no
    /// longer than until as many have come.
    /// </summary>
    private void LetGo()
    {
        _waiting.RemoveAll(waiting => waiting.Client.IsEnded);
        // Room for as many again, so that few of those who come cost a walk.
        _waiting.EnsureCapacity(2 * _waiting.Count + 1);
    }

    private TargetPool? PoolToAsk()
    {
        if (protocol.Credentials.FirstUser is not { } user)
            return protocol.Accounts.PoolAt(target);
        // What most clients choose, so that the connection serves them as well.
        const Capabilities usual = Capabilities.MultiResults | Capabilities.PsMultiResults;
        var database = target.Config.DefaultDatabase ?? "";
        return PoolFacts.PoolFor(target, database, user, usual, MariaDbCapabilities.None, null);
    }

    private void End(ErrPacket? error)
    {
        ended();
        foreach (var (_, done) in _waiting)
            done(error);
    }
}
