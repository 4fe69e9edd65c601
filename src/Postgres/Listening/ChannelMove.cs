using System.Text;
using Sento.Base;
using Sento.DataPlane.Session;
using Sento.Postgres.Client;
using Sento.Postgres.Server;

namespace Sento.Postgres.Listening;

/// <summary>
/// After a transaction: brings what a lease listens to over to the shared connection, so that no
/// notification is lost or told twice, and leaves the lease listening to nothing.
/// </summary>
/// <remarks>
/// Ask the lease; have the shared connection listen too; send a mark that both hear; UNLISTEN. Where there is
/// no shared connection yet, the lease becomes it. Lives for one boundary.
/// </remarks>
internal sealed class ChannelMove(ClientListening listening, ClientRelay client, ServerSession server)
{
    private HashSet<string> _wanted = [];
    private List<string> _fresh = [];
    private HubKey? _reserved;
    private string? _token;
    private bool _leaseHasMark;
    private int _awaited;

    private bool IsCurrent => ReferenceEquals(listening.Move, this) && !client.Session.IsEnded
        && ReferenceEquals(client.Server, server);

    /// <summary>A shared connection could listen for this client.</summary>
    public static bool IsPossible(ClientRelay client, ServerSession server, ListeningHubs hubs) =>
        ListeningHubs.MayShare(client)
        && (hubs.Find(client, server) is not null || (!IsPinnedOtherwise(client) && hubs.MayAdopt(client)));

    /// <param name="asks">What the lease listens to is not known.</param>
    /// <returns>True: it goes on later. False: it is over.</returns>
    public bool Begin(bool asks)
    {
        if (!asks)
            return OnKnown([.. listening.Channels]);
        server.StartNow(new ChannelQuestion((found, failed) =>
        {
            if (!IsCurrent)
                return;
            if (failed) Stay(PinCause.UnknownState);
            else OnKnown(found);
        }));
        return true;
    }

    /// <summary>The client has gone.</summary>
    /// <returns>Channels that it was about to hear.</returns>
    public IReadOnlyList<string> Abort()
    {
        if (_token is not null)
            listening.Hub?.ForgetMark(_token);
        if (_reserved is { } key)
            listening.Hubs.Settle(key);
        return _fresh;
    }

    /// <summary>Behind the mark the shared connection tells the client of this channel.</summary>
    public bool Brings(string channel) => _wanted.Contains(channel);

    /// <returns>True: the client is not to hear it from its lease.</returns>
    public bool TakesFromLease(Notification notification)
    {
        var isMark = notification.Channel == listening.Hub?.Fence;
        _leaseHasMark |= isMark && notification.Payload == _token;
        // Marks of other moves are heard as well.
        return isMark || _leaseHasMark;
    }

    public void OnMarkAtHub()
    {
        if (!IsCurrent)
            return;
        listening.HearMark();
        OnMark();
    }

    private static bool IsPinnedOtherwise(ClientRelay client) =>
        (client.Pins.Causes & ~PinCause.Listening) != 0;

    private bool OnKnown(HashSet<string> ofLease)
    {
        _wanted = listening.Wanted(ofLease);
        _fresh = [.. ofLease.Except(listening.Channels)];
        if (_fresh.Count == 0)
            return Clear(ofLease.Count > 0);
        var hub = listening.Hub ?? listening.Hubs.Find(client, server);
        if (!ListeningHubs.MayShare(client) || _wanted.Count > Limits.ChannelsPerClientMax)
            return Stay(PinCause.Listening);
        if (hub is not null)
            return Subscribe(hub);
        if (listening.Hubs.WaitsFor(client, server, () => Retry(ofLease)))
            return true;
        return !IsPinnedOtherwise(client) && listening.Hubs.MayAdopt(client)
            ? Adopt()
            : Stay(PinCause.Listening);
    }

    /// <summary>The shared connection that another client was making exists, or does not.</summary>
    private void Retry(HashSet<string> ofLease)
    {
        if (IsCurrent && !OnKnown(ofLease))
            client.OnQuiet();
    }

    private bool Subscribe(ListeningHub hub)
    {
        listening.Hub = hub;
        hub.Join(listening);
        hub.Register(listening, _fresh);
        hub.Subscribe(_fresh, isDone =>
        {
            if (!IsCurrent)
                return;
            if (isDone) SendMark(hub);
            else Withdraw(hub);
        });
        return true;
    }

    private void SendMark(ListeningHub hub)
    {
        _token = hub.NewMark(this);
        _awaited = 2;
        server.StartNow(new SimpleExchange(ChannelSql.Mark(hub.Fence, _token), (_, failed) =>
        {
            if (!IsCurrent)
                return;
            if (failed)
            {
                hub.ForgetMark(_token);
                Withdraw(hub);
                return;
            }
            Invariant.Holds(_leaseHasMark);
            OnMark();
        }));
    }

    private void OnMark()
    {
        if (--_awaited == 0)
            Clear(leaseListens: true);
    }

    /// <returns>True: an answer is awaited.</returns>
    private bool Clear(bool leaseListens)
    {
        _awaited = 0;
        var catchesUp = _fresh.Count == 0 && listening.HasHeardAhead && listening.Hub is not null;
        if (leaseListens)
        {
            _awaited++;
            server.StartNow(new SimpleExchange(Encoding.ASCII.GetBytes(ChannelSql.UnlistenAll), (_, failed) =>
            {
                if (IsCurrent)
                    OnCleared(failed);
            }));
        }
        if (catchesUp)
        {
            _awaited++;
            listening.Hub!.CatchUp(OnCaughtUp);
        }
        if (_awaited == 0)
            listening.OnMoved(_wanted, server);
        return _awaited > 0;
    }

    private void OnCleared(bool failed)
    {
        if (failed)
        {
            // It would go on to hear what its next client must not.
            client.Lease.Detach(server);
            server.Connection.Break(EndReason.ServerNotClean, "it could not be made to stop listening");
            client.Session.End(ClientListening.Lost("UNLISTEN failed"));
            return;
        }
        Unpin();
        if (--_awaited == 0)
            listening.OnMoved(_wanted, server);
    }

    private void OnCaughtUp()
    {
        if (!IsCurrent || --_awaited > 0)
            return;
        listening.OnMoved(_wanted, server);
        client.OnQuiet();
    }

    private bool Adopt()
    {
        var fence = ListeningHub.NewFence();
        var encoding = ListeningHubs.EncodingOf(server);
        _reserved = listening.Hubs.Reserve(client, server);
        server.StartNow(new SimpleExchange(ChannelSql.Adopt(fence, encoding), (_, failed) =>
        {
            if (!IsCurrent)
                return;
            if (failed) Stay(PinCause.Listening);
            else OnAdopted(fence);
            listening.Hubs.Settle(_reserved!.Value);
        }));
        return true;
    }

    private void OnAdopted(string fence)
    {
        Unpin();
        client.Lease.Detach(server);
        var hub = listening.Hubs.Adopt(_reserved!.Value, server, fence);
        listening.Hub = hub;
        hub.Join(listening);
        hub.Register(listening, _wanted);
        listening.OnMoved(_wanted, server);
        client.OnDetached();
    }

    /// <summary>The shared connection can't: what the client listens to stays where it is.</summary>
    private void Withdraw(ListeningHub hub)
    {
        hub.Unregister(listening, _fresh);
        _fresh = [];
        if (listening.Channels.Count == 0)
        {
            listening.Hub = null;
            hub.Leave(listening, []);
        }
        if (!Stay(PinCause.Listening) && server.Replies.IsQuiet)
            client.OnQuiet();
    }

    /// <returns>Always false: it is over.</returns>
    private bool Stay(PinCause cause)
    {
        if (listening.Channels.Count > 0)
        {
            client.Session.End(ClientListening.Lost("its channels could not be brought together"));
            return false;
        }
        client.Pins.Add(cause, server);
        listening.OnStayed(server);
        return false;
    }

    private void Unpin() => client.Pins.Remove(PinCause.Listening);
}
