using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.Model;
using Sento.Postgres.Listening;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// The server connection that one client holds: made the client's own when it is borrowed, looked after and
/// given back at a boundary.
/// </summary>
/// <remarks>Loop thread only; owned by its <see cref="ClientRelay"/>.</remarks>
internal sealed class ServerLease(ClientRelay client)
{
    /// <summary>Which current values of sequences the connection may tell.</summary>
    public SequenceValues Sequences { get; } = new(client);

    /// <summary>Null: none is held.</summary>
    public ServerSession? Server { get; private set; }

    /// <summary>The client's settings are on their way and may fail: nothing may stand behind them.</summary>
    public bool IsHandingOver { get; private set; }

    /// <summary>No transaction is open, and what the session has changed here is known.</summary>
    public bool IsSettled => Server is { TransactionStatus: (byte)'I' } server
        && State.Unsettled == StatementEffects.None && State.IsSettled(server);

    /// <summary>Who hears what the connection is notified of; null: it can't listen.</summary>
    public ClientListening? Hearing => client.Listening
        ?? (PoolFacts.Of(client.Pool).MayHideObjects ? client.Listens() : null);

    private ClientState State => client.State;

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    public void Attach(ServerConnection connection)
    {
        var server = ((PostgresServer)connection.Protocol).Session;
        Invariant.Holds(Server is null && server.Client is null);
        Invariant.Holds(server.Replies.IsQuiet && server.TransactionStatus == (byte)'I');
        Server = server;
        server.Client = client;
        server.FirstRequest.OnLeaseBegins();
        server.Unnamed.OnLent();
        client.Listening?.OnLeaseBegins();
        var isOther = connection.LastBorrowerId != client.Session.Id;
        connection.LastBorrowerId = client.Session.Id;
        State.BeginLease(server);
        var discardSequences = Sequences.OnLeaseBegins(server, isOther);
        if (client.Mode == PoolMode.Session)
            client.Pins.Add(PinCause.SessionMode, server);
        if (!ReferenceEquals(server.Applied, State.Desired) || discardSequences
            || (isOther && server.Residue != Residue.None))
            HandOverTo(server, isOther, discardSequences);
        else if (!ReferenceEquals(server.Reported, State.Told))
            client.TellReported(server.Reported);
    }

    /// <summary>The server connection has what this client expects, or could not be given it.</summary>
    public void OnHandedOver(PostgresServer owner, HandOver handOver)
    {
        if (handOver.HasFailed)
        {
            FailHandOver(owner, handOver);
            return;
        }
        if (Server is not { } server || server != owner.Session)
            return;
        IsHandingOver = false;
        State.BeginLease(server);
        client.TellReported(server.Reported);
        client.Flush();
        client.ResumeStalled();
    }

    /// <summary>A boundary: looks after what may have changed, then gives back.</summary>
    /// <returns>False: the server is asked first, and the lease goes on until it has answered.</returns>
    public bool TryFinish(ServerSession server, bool hasRun)
    {
        var facts = PoolFacts.Of(client.Pool);
        client.Listening?.OnTransactionOver();
        if (hasRun && (facts.MayHideObjects || State.HasTemporaryPath))
            State.NoteHiddenObjects();
        if (!State.IsSettled(server) && Settle(server))
            return false;
        if (client.IsRealTouched)
            client.Pins.Add(PinCause.SqlPreparedStatement, server);
        if (client.Listening is { } listening && (listening.OnBoundary(server) || client.Session.IsEnded))
            return false;
        if (facts.TakeCatalogDue(client.Session.Loop.Now))
        {
            // All is settled and nothing held: what the client asks meanwhile could be asked elsewhere.
            if (!client.Pins.IsPinned && !Sequences.HasAdvanced)
                server.FirstRequest.OnLeaseBegins();
            server.StartNow(new FactsExchange(client.Pool, () => { }));
            return false;
        }
        if (client.Session.Proxy.IsDraining)
        {
            Proxy.LeaveIfIdle(client.Session);
            return false;
        }
        if (client.Pins.IsPinned) Keep(server);
        else Release(server);
        return true;
    }

    public void OnProbed(PostgresServer owner, StateProbe probe)
    {
        if (Server is not { } server || server != owner.Session)
            return;
        if (probe.HasFailed)
            client.Pins.Add(PinCause.UnknownState, server);
        State.Take(probe, server, client.Pool.Key.User);
        if (probe.HiddenNames > 0)
            client.Real.IsTouched = true;
        client.Pins.Take(probe, server);
        if (probe.Channels > 0)
            client.Listens().OnProbed(probe.Channels, server);
        else if (probe.AsksObjects)
            client.Listening?.OnProbed(0, server);
        State.BeginLease(server);
    }

    /// <summary>Brings back what a RESET of the client took below its baseline.</summary>
    public void RestoreBaseline(ServerSession server) =>
        server.StartNow(new BaselineRestore(client));

    public void OnBaselineRestored(PostgresServer owner, bool hasFailed)
    {
        if (Server is not { } server || server != owner.Session)
            return;
        if (hasFailed)
        {
            client.Session.End(new Goodbye(EndReason.ServerNotClean,
                "The session's start-up settings could not be brought back after a RESET."));
            return;
        }
        State.OnBaselineRestored(server);
        client.TellReported(server.Reported);
        MessageWriter.ReadyForQuery(client.Session.Loop.ToClient, server.TransactionStatus);
        client.Flush();
        client.OnReady(server);
    }

    /// <summary>The connection is lost.</summary>
    public void Forget()
    {
        Server = null;
        IsHandingOver = false;
    }

    /// <summary>The connection is no client's any more, and has another task.</summary>
    public void Detach(ServerSession server)
    {
        Invariant.Holds(ReferenceEquals(Server, server));
        server.Client = null;
        Forget();
    }

    /// <summary>The client has left: the connection is handed to whoever cleans it.</summary>
    /// <returns>Null: none was held.</returns>
    public ServerSession? Leave()
    {
        if (Server is not { } server)
            return null;
        Server = null;
        server.Client = null;
        server.Residue |= ResidueOf(server);
        server.IsCutOff = client.Stream.IsMidMessage;
        return server;
    }

    private void HandOverTo(ServerSession server, bool isOther, bool discardSequences)
    {
        // Under a foreign time-out the scrub itself may be cut short: then nothing may stand behind it yet.
        if (client.Session.Counters is { } counters)
            counters.SettingsReplays++;
        IsHandingOver = !State.Desired.IsContextFree || server.Applied.HasTimeout;
        server.Start(new HandOver(server, client, State.Desired, isOther, discardSequences), ToServer);
    }

    private void FailHandOver(PostgresServer owner, HandOver handOver)
    {
        var error = handOver.Error;
        owner.Session.IsCutOff = Server == owner.Session && client.Stream.IsMidMessage;
        owner.Session.Connection.Break(
            EndReason.ServerNotClean, "the settings of a session could not be applied");
        if (Server is null || Server != owner.Session)
            return;
        var wasWaiting = IsHandingOver;
        Server.Client = null;
        Forget();
        if (error is not null && wasWaiting)
        {
            var message = new ByteBuffer(error.Length + 5);
            var mark = MessageWriter.Begin(message, ServerCode.ErrorResponse);
            message.Write(error);
            MessageWriter.End(message, mark);
            client.FailRequest(message.Written);
            return;
        }
        client.Session.End(new Goodbye(EndReason.ServerNotClean,
            "The session's settings could not be brought to a database connection.",
            "Its last statement may have run without them."));
    }

    /// <returns>True: the server is being asked, and the lease goes on until it has answered.</returns>
    private bool Settle(ServerSession server)
    {
        var pending = State.Pending;
        if ((pending & StatementEffects.ChangesCode) != 0)
            CommandTags.NoteCodeChange(client);
        client.Pins.NoteUnprobed(pending, server);
        if ((pending & (StatementEffects.DiscardSequences | StatementEffects.DiscardAll)) != 0)
            Sequences.Forget();
        var probe = State.Settle(client, server, client.Pins.IsPinned);
        if (probe is null)
            return false;
        server.StartNow(probe);
        return true;
    }

    private void Keep(ServerSession server)
    {
        if (ReferenceEquals(server.Applied, State.Desired))
            return;
        HandOverTo(server, isOther: false, discardSequences: false);
        client.Flush();
    }

    private void Release(ServerSession server)
    {
        Invariant.Holds(client.Listening is not { LeaseMayListen: true });
        server.Residue |= ResidueOf(server);
        client.Pins.OnReleased();
        Server = null;
        server.Client = null;
        client.Session.OnTransaction(false);
        if (Sequences.TakeKeep()) server.Connection.ReleaseAndKeep();
        else server.Connection.Release();
    }

    private Residue ResidueOf(ServerSession server)
    {
        var residue = Residue.None;
        if (PoolFacts.Of(client.Pool).MayHideState)
            residue |= Residue.HiddenCode;
        if (client.Pins.WasEverPinned)
            residue |= Residue.Objects;
        if (server.Applied.HasIdentity)
            residue |= Residue.Identity;
        return residue;
    }
}
