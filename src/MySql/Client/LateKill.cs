using Sento.Base;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Ends what a client runs or waits for, and sees to it that a KILL hits no statement of ours in its place,
/// and, where it comes late, nobody else's. Loop thread only.
/// </summary>
internal sealed class LateKill(ClientRelay client, Settlement settlement)
{
    private readonly List<Action<string?>> _due = [];
    private bool _isPossible;

    /// <summary>The server connection is no longer this client's: what ran there has ended for it.</summary>
    public void Forget()
    {
        _isPossible = false;
        if (_due.Count == 0)
            return;
        foreach (var done in TakeDue())
            done(null);
    }

    /// <summary>Another session asks for it.</summary>
    /// <param name="done">
    /// Told when the server has been told. Null: what there was has ended, or will; else why it goes on.
    /// </param>
    public void Cancel(Action<string?> done)
    {
        if (client.Session.IsWaiting)
        {
            client.Session.StopWaiting();
            client.Fail(Errors.Interrupted);
            done(null);
            return;
        }
        if (client.Server is { } server && (client.IsReplyOwed || server.IsPreparing))
        {
            // What is prepared for a command of the client's is all that there is of it so far.
            if (!client.IsReplyOwed)
                client.FailLater(Errors.Interrupted);
            if (server.IsOurs)
                Keep(done);
            else
                Send(server, done);
            return;
        }
        // It has not gone out, and won't: what it waits for is ours, and goes on.
        if (client.IsAwaited)
            client.Fail(Errors.Interrupted);
        done(null);
    }

    /// <summary>A statement of ours is done: the client's may be the next.</summary>
    public void SendDue()
    {
        if (_due.Count == 0 || client.Server is not { IsOurs: false })
            return;
        var due = TakeDue();
        Cancel(fault => Array.ForEach(due, done => done(fault)));
    }

    /// <returns>True: the lease goes on until a statement of ours has taken what may still come.</returns>
    public bool Absorb(ServerSession server)
    {
        var isUnderWay = server.Connection.CancelsInFlight > 0;
        if (!isUnderWay && !_isPossible)
            return false;
        // What the client's last statement left is taken along first: ours leaves something else.
        if (settlement.TakeDiagnostics(server) || isUnderWay)
            return true;
        AbsorbAhead(server);
        client.Flush();
        return true;
    }

    /// <summary>The same for whoever sends something right behind.</summary>
    public void AbsorbAhead(ServerSession server)
    {
        if (!_isPossible)
            return;
        _isPossible = false;
        server.Start(new KillCatcher(client, settlement), server.Connection.Loop.ToServer);
        client.Last.Disturb();
    }

    private void Keep(Action<string?> done)
    {
        if (_due.Count < Limits.CancelsWaitingMax)
            _due.Add(done);
        else
            done("too many wait for the same statement");
    }

    private Action<string?>[] TakeDue()
    {
        Action<string?>[] due = [.. _due];
        _due.Clear();
        return due;
    }

    private void Send(ServerSession server, Action<string?> done)
    {
        client.Pool.Target.Protocol.SendCancel(server.Connection, () =>
        {
            var fault = server.Owner.CancelFault;
            var isHere = ReferenceEquals(client.Server, server);
            _isPossible |= isHere && fault is null;
            // Where it has ended all the same, nothing is wrong; what only waited goes on.
            if (isHere && fault is not null && !client.TakeBack(Errors.Interrupted) && !client.IsReplyOwed)
                fault = null;
            done(fault);
            if (isHere && !client.IsReplyOwed)
                client.OnQuiet();
        });
    }
}
