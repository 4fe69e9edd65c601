using Sento.Base;
using Sento.DataPlane.Protocol;
using Sento.DataPlane.Session;
using Sento.Postgres.Listening;
using Sento.Postgres.Pinning;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// How things end for one client: its session, its server, or only the statement it wants cancelled.
/// </summary>
internal sealed class RelayEndings(ClientRelay client)
{
    /// <summary>How often one request may be moved: as often its server may die in the moment of
    /// use.</summary>
    private const int MovesMax = 5;

    private Action? _dueCancels;
    private int _movesInRow;

    /// <summary>It has said goodbye, and waits for the last answers.</summary>
    public bool IsLeaving { get; private set; }

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    /// <summary>The client says goodbye: what it has sent before is still done and answered.</summary>
    public void Leave()
    {
        client.Flush();
        if (client.Server is { Replies.GroupsOwed: > 0 } && !client.IsCopying)
            IsLeaving = true;
        else
            EndPolitely();
    }

    /// <summary>
    /// The server does not know any more where a message of this client begins, and has told it so.
    /// </summary>
    public void OnSynchronizationLost() =>
        client.Session.End(new Goodbye(EndReason.ClientViolatedProtocol, ""));

    public void EndPolitely() => client.Session.End(new Goodbye(EndReason.ClientTerminated, ""));

    /// <summary>The client asks to cancel what it runs or waits for.</summary>
    /// <param name="done">Told when the server has been told.</param>
    public void Cancel(Action done)
    {
        if (client.Session.IsWaiting)
        {
            done();
            client.Session.StopWaiting();
            FailBeforeItRan("The statement was still waiting for a database connection.");
            return;
        }
        if (client.Server is not { Replies.IsQuiet: false } server)
        {
            done();
            return;
        }
        // What runs between two transactions, to settle what the client listens to, is ours as well.
        if (!server.IsOurs && client.Listening is not { IsSettling: true })
        {
            client.Pool.Target.Protocol.SendCancel(server.Connection, done);
            return;
        }
        // A statement of ours runs, which must not be hit. The client's own may wait for it.
        if (client.Lease.IsHandingOver && client.IsStalled)
        {
            done();
            FailBeforeItRan("The statement was still waiting for its session's settings.");
        }
        else if (server.Replies.HasClientGroups)
        {
            _dueCancels += done;
        }
        else
        {
            done();
        }
    }

    /// <summary>A statement of ours is done, and what the client asked behind it may run.</summary>
    public void SendDueCancels()
    {
        if (_dueCancels is not { } done)
            return;
        _dueCancels = null;
        Cancel(done);
    }

    /// <summary>The server is gone with this client's transaction, if it had one.</summary>
    public void OnServerLost(ServerLoss loss)
    {
        _dueCancels?.Invoke();
        _dueCancels = null;
        var isInDoubt = loss.GroupsOwed > 0 || loss.IsGroupOpen;
        var heldNothing = !isInDoubt && !client.Pins.IsPinned && client.Lease.IsSettled;
        var isPoorer = client.Pins.IsPinned || client.State.HasUnsettledState;
        var isDeaf = client.Listening is { } listening && listening.OnLeaseLost();
        client.OnLeaseLost();
        client.Pins.Clear();
        if (client.Session.IsEnded)
            return;
        if (isDeaf && !loss.IsMidMessage && !client.Stream.IsMidMessage)
        {
            client.Session.End(ClientListening.Lost(loss.Why));
            return;
        }
        if (loss.IsMidMessage || client.Stream.IsMidMessage)
        {
            // Half a message has gone out: any word of ours would be taken for its rest.
            client.Session.End(new Goodbye(EndReason.ServerClosed, ""));
            return;
        }
        client.State.Forget();
        client.Session.OnTransaction(false);
        if (heldNothing)
        {
            client.Resume();
            return;
        }
        if (TryAskElsewhere(loss))
            return;
        if (isPoorer)
        {
            // It would go on without its locks, its temporary tables or its settings, and not know it.
            client.Session.End(new Goodbye(EndReason.SessionStateLost,
                "terminating connection: the database connection that held the session's state was lost: "
                    + loss.Why,
                "The session was pinned, or had changed settings a moment ago. Connect again."));
            return;
        }
        var error = Errors.Lost(loss.Why, loss.LastWords, isInDoubt);
        for (var i = 0; i < loss.GroupsOwed; i++)
        {
            ToClient.Write(error);
            MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        }
        if (loss.IsGroupOpen)
        {
            ToClient.Write(error);
            client.Local.SkipToSync();
        }
        else if (loss.GroupsOwed == 0)
        {
            // Inside a transaction, between statements: the next one learns it.
            client.Local.Fail(error);
        }
        client.Flush();
        client.Resume();
    }

    /// <summary>The client has been answered: what it asks next may be moved as often again.</summary>
    public void OnAnswered() => _movesInRow = 0;

    /// <summary>The session is over: the server connection goes back clean, or not at all.</summary>
    public void OnEnded(bool isPolite)
    {
        _dueCancels?.Invoke();
        _dueCancels = null;
        client.Names.Clear(unnamedToo: true);
        client.Pins.Report(PinCause.None);
        var leaseMayListen = client.Listening is { LeaseMayListen: true };
        client.Listening?.OnEnded();
        // A connection that replicates waits for nobody else; one that is held is closed when it comes back.
        if (client.IsReplication)
            client.Pool.Retire(EndReason.ClientTerminated);
        if (client.Lease.Leave() is not { } server)
            return;
        if (!isPolite && !IsLeaving && !server.Replies.IsQuiet && client.Session.Counters is { } counters)
            counters.StatementsAbandoned++;
        // What its last statements have left there nobody has asked yet, or not heard the answer.
        var causes = client.State.Unsettled == StatementEffects.None && client.State.IsSettled(server)
            ? client.Pins.Causes
            : client.Pins.Causes | PinCause.UnknownState;
        if (leaseMayListen)
            causes |= PinCause.Listening;
        if (client.Stream.IsMidMessage)
        {
            // Half a message is on its way: nobody can say where the next one begins.
            client.Pool.Target.Protocol.SendCancel(server.Connection);
            server.Connection.Break(EndReason.ServerNotClean, "the client left in the middle of a message");
            return;
        }
        ((PostgresServer)server.Connection.Protocol).CleanUp(
            isPolite || IsLeaving ? CleanUpUrgency.LetFinish : CleanUpUrgency.Cancel, causes);
    }

    /// <summary>
    /// What the server has never read is asked on another connection; the client learns nothing of it.
    /// </summary>
    private bool TryAskElsewhere(in ServerLoss loss)
    {
        if ((!loss.WasUnused && loss.Unread.IsEmpty) || _movesInRow >= MovesMax)
            return false;
        _movesInRow++;
        client.Session.Connection.PutBack(loss.Unread);
        client.Resume();
        return true;
    }

    private void FailBeforeItRan(string detail)
    {
        var error = new ByteBuffer(128);
        MessageWriter.ErrorResponse(
            error, Severity.Error, "57014", "canceling statement due to user request", detail, null);
        client.FailRequest(error.Written);
    }
}
