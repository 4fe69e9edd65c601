using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// The server connection that one client holds: made the client's own when it is borrowed, given back at a
/// boundary or, if need be, broken.
/// </summary>
/// <remarks>Loop thread only; owned by its <see cref="ClientRelay"/>.</remarks>
internal sealed class ServerLease(ClientRelay client)
{
    private long _lastConnectionId;
    private int _routing = client.Session.Proxy.Routing;

    /// <summary>Null: none is held.</summary>
    public ServerSession? Server { get; private set; }

    /// <summary>The client's state is on its way and may fail: nothing may stand behind it.</summary>
    public bool IsHandingOver { get; private set; }

    private ClientSession Session => client.Session;

    private StateSet Desired => client.State.Desired;

    /// <summary>Asks for a connection, unless it is asked for already.</summary>
    public void Borrow()
    {
        if (_routing != Session.Proxy.Routing)
            Reroute();
        if (!Session.IsEnded && Session.Borrow(client.Pool) is { } connection)
            Attach(connection);
    }

    public void Attach(ServerConnection connection)
    {
        var server = ((MySqlServer)connection.Protocol).Session;
        Invariant.Holds(Server is null && server.Client is null);
        Invariant.Holds(server.IsQuiet && !server.IsInTransaction);
        if (Desired.Schema is null && server.Applied.Schema is not null)
        {
            // No command but a new sign-in leads back to no schema at all.
            connection.Break(EndReason.ServerNotClean, "its last user chose a schema, the next one has none");
            Borrow();
            return;
        }
        Server = server;
        server.Client = client;
        // Its own of some time ago knows as little of its last statement as another's.
        var isAnother = connection.LastBorrowerId != Session.Id || connection.Id != _lastConnectionId;
        if (isAnother)
            client.Last.Displace();
        if (isAnother && server.IsKeyInDoubt)
            server.Key = null;
        connection.LastBorrowerId = Session.Id;
        _lastConnectionId = connection.Id;
        client.OnLeaseBegins();
        if (client.Mode == PoolMode.Session)
            client.Pins.Add(PinCause.SessionMode, server);
        if (isAnother && server.HasTraces)
            server.Start(new TraceCover(client), Session.Loop.ToServer);
        BringTo(Desired);
    }

    /// <summary>Leads the server connection to a state; what follows waits where that might fail.</summary>
    public void BringTo(StateSet state)
    {
        var server = Server!;
        var key = client.Last.InsertId;
        if (!HandOver.IsNeeded(server, state, key))
            return;
        IsHandingOver |= !HandOver.MayPipeline(server, state);
        server.Start(new HandOver(client, state, key), Session.Loop.ToServer);
    }

    /// <summary>The server connection has what this client expects, or could not be given it.</summary>
    public void OnHandedOver(ServerSession server, HandOver handOver)
    {
        if (!ReferenceEquals(Server, server))
            return;
        if (handOver.HasFailed)
            Fail(server, handOver);
        else if (IsHandingOver)
            OnHandedOver();
        else if (server.IsQuiet)
            client.OnQuiet();
    }

    /// <summary>Back to whoever wants it next.</summary>
    public void Release(ServerSession server)
    {
        Leave();
        Session.OnTransaction(false);
        if (server.IsTainted)
            server.Connection.Break(EndReason.ServerNotClean,
                "something that no reset takes away is left on it");
        else
            server.Connection.Release();
    }

    /// <summary>Leaves the server connection as at the session's end.</summary>
    /// <param name="needsReset">Something may be left there.</param>
    public void Detach(bool needsReset)
    {
        if (Server is not { } server)
            return;
        Leave();
        if (client.Upload.IsOpen)
            server.Connection.Break(EndReason.ServerNotClean, "the client left in the middle of a command");
        else
            server.Owner.CleanUp(needsReset);
    }

    /// <summary>Nobody else may ever use it.</summary>
    public void Break(string why)
    {
        var server = Server!;
        Leave();
        server.Connection.Break(EndReason.ServerNotClean, why);
    }

    /// <summary>COMMIT RELEASE and its like: the server ends the connection, and so do we.</summary>
    public void EndWithSession()
    {
        Break("its client has ended the session by COMMIT RELEASE");
        Session.End(new Goodbye(EndReason.ClientTerminated, ""));
    }

    /// <summary>It is gone already.</summary>
    public void Forget()
    {
        Server = null;
        IsHandingOver = false;
        client.LateKill.Forget();
    }

    /// <summary>Where an endpoint lends for single statements, a transaction ends the session.</summary>
    public void CheckMode()
    {
        if (client.Mode == PoolMode.Statement && Server is { IsInTransaction: true })
        {
            Session.End(new Goodbye(EndReason.ClientViolatedProtocol,
                "Transactions are not allowed: PoolMode of this endpoint is statement.",
                "Use an endpoint with PoolMode transaction."));
        }
    }

    private void Leave()
    {
        Server!.Client = null;
        Server.IsCutOff |= client.Upload.IsOpen;
        Forget();
    }

    private void OnHandedOver()
    {
        IsHandingOver = false;
        // What it was for may have been killed.
        client.OnQuiet();
    }

    private void Fail(ServerSession server, HandOver handOver)
    {
        // What waits has not run. What went out behind it may have, or a transaction is lost with it.
        var hasRun = !IsHandingOver || server.IsInTransaction || client.Pins.IsPinned;
        Break("the state of a session could not be applied");
        client.Pins.Clear();
        client.Statements.OnServerLost();
        if (!hasRun)
        {
            client.Fail(handOver.Error!);
            return;
        }
        Session.End(new Goodbye(EndReason.ServerNotClean,
            "The session's variables could not be brought to a database connection.",
            "Its last statement may have run without them."));
    }

    /// <summary>Targets came, went or changed roles: this session may belong elsewhere by now.</summary>
    private void Reroute()
    {
        _routing = Session.Proxy.Routing;
        var target = Session.Proxy.TargetFor(Session.Endpoint, client.Pool.Target);
        if (target == client.Pool.Target)
            return;
        if (!CanServe(TargetFacts.Of(target)))
        {
            Session.End(new Goodbye(EndReason.ConfigurationChanged,
                "The endpoint leads to a target now that can't do what this session was promised.",
                "Connect again."));
            return;
        }
        var pool = PoolFacts.PoolFor(target, client.Pool.Key.Database, client.Pool.Key.User,
            client.Agreement.Capabilities, client.Agreement.MariaDb, PoolFacts.Of(client.Pool).Principal,
            PoolFacts.Of(client.Pool).Account);
        client.Statements.MoveTo(PoolFacts.Of(pool).Registry);
        Session.Join(pool);
    }
    /// <summary>A target that nobody has asked yet shows when it is asked.</summary>
    private bool CanServe(TargetFacts next)
    {
        var promised = client.Agreement.Capabilities & (CapabilitySets.Needed | CapabilitySets.Fixed);
        return next.Greeting is not { } greeting
            || (greeting.IsMariaDb == TargetFacts.Of(client.Pool.Target).IsMariaDb
                && (promised & ~greeting.Capabilities) == 0
                && (client.Agreement.MariaDb & ~greeting.MariaDb) == 0);
    }
}
