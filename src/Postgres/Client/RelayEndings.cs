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
    private byte[]? _lastWords;

    /// <summary>It has said goodbye, and waits for the last answers.</summary>
    public bool IsLeaving { get; private set; }

    private ByteBuffer ToClient => client.Session.Loop.ToClient;

    /// <summary>The client says goodbye: what it has sent before is still done and answered.</summary>
    public void Leave()
    {
        client.Flush();
        if (client.Server is { Replies.GroupsOwed: > 0 })
            IsLeaving = true;
        else
            EndPolitely();
    }

    public void EndPolitely() => client.Session.End(new Goodbye(EndReason.ClientTerminated, ""));

    /// <summary>The client asks to cancel what it runs or waits for.</summary>
    /// <param name="done">Told when the server has been told.</param>
    public void Cancel(Action done)
    {
        if (client.Session.IsWaiting)
        {
            done();
            client.Session.StopWaiting();
            var error = new ByteBuffer(128);
            MessageWriter.ErrorResponse(
                error, Severity.Error, "57014", "canceling statement due to user request",
                "The statement was still waiting for a database connection.", null);
            client.FailRequest(error.Written);
            return;
        }
        // What runs there between two transactions is ours.
        if (client.Server is { Replies.IsQuiet: false } server
            && client.Listening is not { IsSettling: true })
            client.Pool.Target.Protocol.SendCancel(server.Connection, done);
        else
            done();
    }

    /// <summary>The server has said why it is about to close; told when it has.</summary>
    public void OnServerLastWords(ReadOnlySpan<byte> body) => _lastWords = body.ToArray();

    /// <summary>The server is gone with this client's transaction.</summary>
    public void OnServerLost(string why, bool midMessage, int groupsOwed, bool isGroupOpen)
    {
        var isDeaf = client.Listening is { } listening && listening.OnLeaseLost();
        client.OnLeaseLost();
        client.Pins.Clear();
        if (client.Session.IsEnded)
            return;
        if (isDeaf && !midMessage && !client.Stream.IsMidMessage)
        {
            client.Session.End(ClientListening.Lost(why));
            return;
        }
        var error = Errors.Lost(why, _lastWords, isInDoubt: groupsOwed > 0 || isGroupOpen);
        _lastWords = null;
        if (midMessage || client.Stream.IsMidMessage)
        {
            // Half a message has gone out: any word of ours would be taken for its rest.
            client.Session.End(new Goodbye(EndReason.ServerClosed, ""));
            return;
        }
        client.State.Forget();
        for (var i = 0; i < groupsOwed; i++)
        {
            ToClient.Write(error);
            MessageWriter.ReadyForQuery(ToClient, (byte)'I');
        }
        if (isGroupOpen)
        {
            ToClient.Write(error);
            client.Local.SkipToSync();
        }
        else if (groupsOwed == 0)
        {
            // Inside a transaction, between statements: the next one learns it.
            client.Local.Fail(error);
        }
        client.Flush();
        client.Session.OnTransaction(false);
        client.Session.Connection.Redeliver();
    }

    /// <summary>The session is over: the server connection goes back clean, or not at all.</summary>
    public void OnEnded(bool isPolite)
    {
        client.Names.Clear(unnamedToo: true);
        client.Pins.Report(PinCause.None);
        var leaseMayListen = client.Listening is { LeaseMayListen: true };
        client.Listening?.OnEnded();
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
}
