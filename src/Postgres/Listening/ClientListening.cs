using Sento.Base;
using Sento.DataPlane.Session;
using Sento.Postgres.Client;
using Sento.Postgres.Pinning;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Listening;

/// <summary>
/// The channels of one client: those that a shared connection hears for it, and what its lease may listen to
/// until that is settled. Loop thread only.
/// </summary>
internal sealed class ClientListening(ClientRelay client, ListeningHubs hubs)
{
    private const StatementEffects Changing = StatementEffects.Listen | StatementEffects.Unlisten
        | StatementEffects.DiscardAll | StatementEffects.Opaque;

    private const StatementEffects Concerning =
        Changing | StatementEffects.Notify | StatementEffects.ChannelRead | StatementEffects.TransactionStart;

    private const StatementEffects Ending =
        StatementEffects.Unlisten | StatementEffects.DiscardAll | StatementEffects.Opaque;

    /// <summary>
    /// Notifications kept until a probe has told whether they are this client's; later ones are lost.
    /// </summary>
    private const int EarlyMax = 100;

    private readonly Backlog _backlog = new();
    private HashSet<string> _channels = [];
    private List<(ChannelUse Use, long Group)>? _unlistened;
    private List<Notification>? _early;
    private bool _isUnsure;
    private bool _isSettling;
    private bool _isCatchingUp;
    private bool _isCaughtUp;
    private bool _isLost;
    private string _lostWhy = "";

    public ListeningHubs Hubs => hubs;

    public bool HasChannels => _channels.Count > 0;

    /// <summary>
    /// The lease may listen and its transaction is over: nothing may run there until that is settled.
    /// </summary>
    public bool IsSettling => Move is not null || _isSettling;

    /// <summary>The shared connection that listens for this client; null: none does.</summary>
    public ListeningHub? Hub { get; set; }

    /// <summary>What the shared connection tells this client of.</summary>
    public IReadOnlyCollection<string> Channels => _channels;

    /// <summary>The conversation that settles what the lease listens to; null: there is none.</summary>
    public ChannelMove? Move { get; set; }

    /// <summary>
    /// The lease listens to the client's channels as well, so that it can tell what becomes of them.
    /// </summary>
    public bool IsCarried { get; private set; }

    public bool LeaseMayListen { get; private set; }

    /// <summary>
    /// A ReadyForQuery is kept back until the notifications stand before it that belong there.
    /// </summary>
    public bool OwesReady { get; private set; }

    /// <summary>The client's connection listens itself, and is kept for that.</summary>
    private bool IsStaying => client.Pins.Has(PinCause.Listening);

    /// <summary>
    /// An idle session has been told all that was committed by then, before its next statement runs: so a
    /// statement that could end listening, or begins a transaction, waits until the shared connection is that
    /// far.
    /// </summary>
    /// <returns>True: the statement must wait; the client is woken.</returns>
    public bool MustCatchUp(StatementEffects effects)
    {
        if (_channels.Count == 0 || (effects & Concerning) == 0
            || client.Server is { Replies.IsGroupOpen: true })
            return false;
        // What the statements before it made the client hear comes before listening ends.
        if ((effects & Ending) != 0 && client.Server is { Replies.IsQuiet: false })
            return true;
        if (IsCarried || _isCaughtUp)
            return false;
        if (!_isCatchingUp)
            Hub?.CatchUp(OnCaughtUp);
        return _isCatchingUp = Hub is not null;
    }

    /// <summary>
    /// Ahead of a statement that could notify, or change what the client listens to, or begins a transaction
    /// that could: its server connection takes over the channels, in a transaction of its own.
    /// </summary>
    public void BeforeStatement(StatementEffects effects, ServerSession server, ByteBuffer toServer)
    {
        if (_channels.Count == 0 || IsCarried || server.Replies.IsGroupOpen
            || server.TransactionStatus != (byte)'I')
            return;
        var facts = PoolFacts.Of(client.Pool);
        if ((effects & Concerning) == 0 && !facts.MayHideObjects && !facts.MayHideNotify)
            return;
        IsCarried = LeaseMayListen = true;
        _isCaughtUp = false;
        _isUnsure |= facts.MayHideObjects;
        server.Start(
            new SimpleExchange(ChannelSql.Listen(_channels), (_, failed) => IsCarried &= !failed), toServer);
    }

    /// <summary>A statement with these traits is being sent.</summary>
    public void Note(StatementTraits traits, ServerSession server)
    {
        if ((traits.Effects & Changing) == 0)
            return;
        _isUnsure = true;
        LeaseMayListen |= (traits.Effects & (StatementEffects.Listen | StatementEffects.Opaque)) != 0;
        if (_channels.Count == 0 || IsCarried)
            return;
        // Deep in a pipeline: no savepoint can stand there, so all of its group happens or nothing.
        foreach (var use in traits.Channels)
        {
            if (use.Kind is ChannelUseKind.Unlisten or ChannelUseKind.UnlistenAll)
                (_unlistened ??= []).Add((use, server.Replies.Group));
        }
    }

    /// <summary>The group that is being answered has failed: what it asked for has not happened.</summary>
    public void OnError(ServerSession server) =>
        _unlistened?.RemoveAll(entry => entry.Group == server.Replies.Group - server.Replies.GroupsOwed);

    public void OnLeaseBegins() => _early = null;

    /// <summary>A probe has counted what the lease listens to.</summary>
    public void OnProbed(long channels, ServerSession server)
    {
        if (channels > 0 && !IsCarried)
            LeaseMayListen = _isUnsure = true;
        var early = _early ?? [];
        _early = null;
        if (channels == 0)
            return;
        foreach (var notification in early)
            HearFromLease(notification, server, client.Session.Loop.ToClient);
        client.Flush();
    }

    /// <summary>
    /// A transaction is over: first the settings are looked after, then comes <see cref="OnBoundary"/>.
    /// </summary>
    public void OnTransactionOver() => _isSettling = IsCarried || (LeaseMayListen && !IsStaying);

    /// <summary>Between transactions.</summary>
    /// <returns>True: somebody is being asked; the lease goes on until the answer.</returns>
    public bool OnBoundary(ServerSession server)
    {
        if (Move is not null)
            return true;
        if (_isLost)
        {
            client.Session.End(Lost(_lostWhy));
            return true;
        }
        if (!LeaseMayListen && (!_isUnsure || _channels.Count == 0))
        {
            _isUnsure = _isSettling = false;
            Deliver();
            return false;
        }
        if (IsStaying && !_isUnsure && !ChannelMove.IsPossible(client, server, hubs))
        {
            _isSettling = false;
            return false;
        }
        var asks = _isUnsure || !IsCarried;
        Move = new ChannelMove(this, client, server);
        return Move.Begin(asks);
    }

    /// <summary>
    /// The ReadyForQuery now at hand must wait: PostgreSQL has sent notifications before it, the client's own
    /// among them, which the shared connection has not told yet.
    /// </summary>
    public bool HoldsReady()
    {
        OwesReady = Move is null && IsCarried && HasHeardAhead;
        return OwesReady;
    }

    /// <summary>The lease has received what the shared connection must still tell.</summary>
    public bool HasHeardAhead => _backlog.HasFromLease;

    /// <summary>What the client wants, given what its lease listens to.</summary>
    public HashSet<string> Wanted(HashSet<string> ofLease)
    {
        if (IsCarried)
            return ofLease;
        var wanted = new HashSet<string>(_channels);
        foreach (var (use, _) in _unlistened ?? [])
        {
            if (use.Kind == ChannelUseKind.UnlistenAll) wanted.Clear();
            else wanted.Remove(use.Channel);
        }
        wanted.UnionWith(ofLease);
        return wanted;
    }

    /// <summary>The lease listens no more; the client is told what has waited for that.</summary>
    public void OnMoved(HashSet<string> wanted, ServerSession server)
    {
        var told = _backlog.Take(_channels, wanted, server.ProcessId);
        if (wanted.Count == 0)
        {
            Hub?.Leave(this, _channels);
            Hub = null;
        }
        Hub?.Unregister(this, _channels.Except(wanted).ToList());
        _channels = wanted;
        ForgetLease();
        foreach (var (notification, isOwn) in told)
            notification.Write(Output, isOwn ? client.ProcessId : NotifierOf(notification));
        WriteOwedReady(server);
        Flush();
    }

    /// <summary>The lease goes on listening by itself.</summary>
    public void OnStayed(ServerSession server)
    {
        ForgetLease();
        LeaseMayListen = true;
        WriteOwedReady(server);
        Flush();
    }

    /// <summary>The lease is lost.</summary>
    /// <returns>True: with it what the client listened to, or the knowledge of that.</returns>
    public bool OnLeaseLost()
    {
        if (Move is not null || OwesReady || IsStaying || _isLost)
            return true;
        ForgetLease();
        return false;
    }

    public static Goodbye Lost(string why) => new(EndReason.NotificationsLost,
        "terminating connection: the database connection that listened for notifications was lost: " + why,
        "Notifications may have been missed. Connect and LISTEN again.");

    /// <summary>The shared connection is lost: the client learns it when its transaction is over.</summary>
    public void OnHubLost(string why)
    {
        Hub = null;
        _isLost = true;
        _lostWhy = why;
        if (Move is not null || client.Server is not { } server || IsQuiet(server))
            client.Session.End(Lost(why));
    }

    /// <summary>The client has discarded everything while it held no lease.</summary>
    public void UnlistenAll()
    {
        Invariant.Holds(client.Server is null);
        Hub?.Leave(this, _channels);
        Hub = null;
        _channels = [];
        _isCaughtUp = false;
        _backlog.Take([], [], -1);
    }

    /// <summary>The session is over.</summary>
    public void OnEnded()
    {
        var fresh = Move?.Abort() ?? [];
        Move = null;
        Hub?.Leave(this, [.. _channels, .. fresh]);
        Hub = null;
    }

    /// <summary>The shared connection has heard this for the client, among others.</summary>
    public void Hear(Notification notification)
    {
        var isFresh = _backlog.HasMark && Move is { } move && move.Brings(notification.Channel);
        if (client.Session.IsEnded || (!isFresh && !_channels.Contains(notification.Channel)))
            return;
        if (!notification.IsAscii && !IsReadable())
        {
            client.Session.End(new Goodbye(EndReason.NotificationsLost,
                "terminating connection: client_encoding was changed after LISTEN",
                "Connect again, and LISTEN after SET client_encoding."));
            return;
        }
        _backlog.AddFromHub(notification);
        Deliver();
        Bound();
    }

    /// <summary>The mark has come at the shared connection.</summary>
    public void HearMark() => _backlog.Mark();

    /// <summary>The lease has received a notification.</summary>
    public void HearFromLease(Notification notification, ServerSession server, ByteBuffer output)
    {
        if (Move is { } move && move.TakesFromLease(notification))
            return;
        if (!LeaseMayListen)
        {
            // Code of the database may have listened, which the next probe tells; the client hears it then.
            if (_channels.Count == 0 && (_early ??= []).Count < EarlyMax)
                _early.Add(notification);
            return;
        }
        if (_channels.Count > 0)
        {
            _backlog.AddFromLease(notification);
            Bound();
            return;
        }
        notification.Write(output,
            notification.ProcessId == server.ProcessId ? client.ProcessId : NotifierOf(notification));
    }

    /// <summary>
    /// Ahead of a ReadyForQuery that says idle: what has waited for the end of the transaction.
    /// </summary>
    public void WriteHeld(ByteBuffer output)
    {
        if (_backlog.IsEmpty || Move is not null || IsCarried || LeaseMayListen)
            return;
        foreach (var (notification, _) in _backlog.Take(_channels, _channels, -1))
            notification.Write(output, NotifierOf(notification));
    }

    private void OnCaughtUp()
    {
        _isCatchingUp = false;
        _isCaughtUp = true;
        client.ResumeStalled();
    }

    private ByteBuffer Output => client.Session.Loop.ToClient;

    /// <summary>
    /// Nothing is asked and no transaction is open: PostgreSQL notifies a session only then.
    /// </summary>
    private static bool IsQuiet(ServerSession server) =>
        server.TransactionStatus == (byte)'I' && server.Replies.IsQuiet;

    private void Deliver()
    {
        if (_backlog.IsEmpty || client.Session.IsEnded || (client.Server is { } server && !IsQuiet(server)))
            return;
        WriteHeld(Output);
        Flush();
    }

    private void Flush()
    {
        if (client.OutputConnection is { } connection)
            connection.Send(Output.Written);
        Output.Clear();
    }

    /// <summary>
    /// A client that does not read, or never ends its transaction, must not fill our memory.
    /// </summary>
    private void Bound()
    {
        var waiting = _backlog.ByteCount + (client.OutputConnection?.QueuedBytes ?? 0);
        if (waiting <= Limits.NotificationBytesMax || client.Session.IsEnded)
            return;
        client.Session.End(new Goodbye(EndReason.ClientTooSlow,
            "terminating connection: more notifications wait for this client than"
            + $" NotificationBytesMax ({Limits.NotificationBytesMax >> 20} MiB)",
            "Read notifications as they come, and keep the transactions of a listening session short."));
    }

    private void ForgetLease()
    {
        Move = null;
        IsCarried = LeaseMayListen = _isUnsure = _isSettling = false;
        _unlistened = null;
        _backlog.ForgetLease();
    }

    private void WriteOwedReady(ServerSession server)
    {
        if (OwesReady)
            MessageWriter.ReadyForQuery(Output, server.TransactionStatus);
        OwesReady = false;
    }

    private bool IsReadable() => !client.State.Told.TryGet("client_encoding", out var encoding)
        || encoding == Hub?.Key.Encoding;

    private int NotifierOf(Notification notification)
    {
        var notifier = ListeningHubs.NotifierOf(notification.ProcessId, client.Pool);
        // Its own it has been told as such: this one is another's, whatever it looks like.
        return notifier == client.ProcessId ? notification.ProcessId : notifier;
    }
}
