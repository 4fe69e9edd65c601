using Sento.Base;
using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>
/// The replies that a server owes, in the order of what was sent. The most important book of the proxy.
/// </summary>
/// <remarks>
/// A group is what ends with a ReadyForQuery: a Query, a FunctionCall, or extended messages up to their Sync.
/// After an error the server skips to the next Sync, whatever else has been sent before it.
/// </remarks>
internal sealed class ReplyQueue
{
    private readonly RingQueue<ExpectedReply> _replies = new(16);
    private int _ownGroups;
    private int _wholesaleOwed;

    /// <summary>The number of the group now being written; counts from 1.</summary>
    public long Group { get; private set; } = 1;

    public int Count => _replies.Count;

    /// <summary>
    /// An error came and no Sync had been sent yet: the server ignores everything up to the next one.
    /// </summary>
    public bool IsSkipping { get; private set; }

    /// <summary>
    /// Extended messages were sent since the last Sync: a reply will be owed even if none is now.
    /// </summary>
    public bool IsGroupOpen { get; private set; }

    /// <summary>Groups whose end was sent and whose ReadyForQuery has not come.</summary>
    public int GroupsOwed { get; private set; }

    /// <summary>Of these, one at least is the client's.</summary>
    public bool OwesClientGroups => GroupsOwed > _ownGroups;

    /// <summary>What may end all prepared statements is on its way.</summary>
    public bool OwesWholesale => _wholesaleOwed > 0;

    /// <summary>The number of the first group that is not answered.</summary>
    public long OldestGroup => Group - GroupsOwed;

    /// <summary>All that was asked in this group is answered.</summary>
    public bool IsAnswered(long group) => group < OldestGroup;

    /// <summary>Nothing is owed and nothing is begun.</summary>
    public bool IsQuiet => _replies.Count == 0 && !IsGroupOpen;

    public ref ExpectedReply Head => ref _replies.Head;

    public ref ExpectedReply this[int index] => ref _replies[index];

    public void Add(in ExpectedReply reply)
    {
        if (!TryEnter(reply.Kind, reply.Route))
            return;
        _replies.Enqueue(reply);
        if (reply.IsWholesale)
            _wholesaleOwed++;
    }

    /// <summary>The same of a client's message of few words: built in its place, being large to copy.
    /// </summary>
    public void Add(
        ReplyKind kind, PreparedStatement? statement = null, byte[]? name = null, bool isWholesale = false)
    {
        if (!TryEnter(kind, ReplyRoute.Client))
            return;
        ref var reply = ref _replies.EnqueueEmpty();
        reply.Kind = kind;
        reply.Statement = statement;
        reply.Name = name;
        if (!isWholesale)
            return;
        reply.IsWholesale = true;
        _wholesaleOwed++;
    }

    /// <summary>Takes the head off, of the client's, that has nothing to settle; nothing is copied.</summary>
    public void Drop()
    {
        ref var head = ref _replies.Head;
        Invariant.Holds(head.Route != ReplyRoute.Internal);
        if (head.IsWholesale)
            _wholesaleOwed--;
        if (head.Kind is ReplyKind.Query or ReplyKind.Sync or ReplyKind.FunctionCall)
            GroupsOwed--;
        _replies.RemoveHead();
    }

    public ExpectedReply Take()
    {
        var reply = _replies.Dequeue();
        if (reply.IsWholesale)
            _wholesaleOwed--;
        if (reply.Kind is not (ReplyKind.Query or ReplyKind.Sync or ReplyKind.FunctionCall))
            return reply;
        GroupsOwed--;
        if (reply.Route == ReplyRoute.Internal)
            _ownGroups--;
        return reply;
    }

    /// <summary>
    /// An error in the extended protocol: takes what the server will skip, up to and without the next
    /// Sync.
    /// </summary>
    public bool TakeSkipped(out ExpectedReply skipped)
    {
        skipped = default;
        if (_replies.Count == 0)
        {
            IsSkipping = IsGroupOpen;
            return false;
        }
        if (_replies.Head.Kind == ReplyKind.Sync)
            return false;
        skipped = Take();
        return true;
    }

    /// <summary>
    /// COPY IN has begun: the server ignores a Sync until the copy's end, so it will not answer those
    /// sent before.
    /// </summary>
    /// <returns>True: its end was sent as well.</returns>
    public bool TakeCopyEnd()
    {
        for (var i = 1; i < _replies.Count; i++)
        {
            ref var reply = ref _replies[i];
            if (reply.Kind is not (ReplyKind.CopyEnd or ReplyKind.Sync))
                continue;
            var isEnd = reply.Kind == ReplyKind.CopyEnd;
            _replies.RemoveAt(i--);
            if (isEnd)
                return true;
            GroupsOwed--;
            IsGroupOpen = Head.Kind == ReplyKind.Execute;
        }
        return false;
    }

    /// <returns>False: the server will not answer it.</returns>
    private bool TryEnter(ReplyKind kind, ReplyRoute route)
    {
        var endsGroup = kind is ReplyKind.Query or ReplyKind.Sync or ReplyKind.FunctionCall;
        if (IsSkipping && kind != ReplyKind.Sync)
        {
            // The server will not even answer a Query here.
            IsGroupOpen = true;
            return false;
        }
        IsSkipping = false;
        IsGroupOpen = !endsGroup && (IsGroupOpen || kind is not (ReplyKind.CopyEnd or ReplyKind.ElidedQuery));
        if (!endsGroup)
            return true;
        Group++;
        GroupsOwed++;
        if (route == ReplyRoute.Internal)
            _ownGroups++;
        return true;
    }

    /// <summary>Something that the client has sent is not answered yet.</summary>
    public bool HasClientGroups
    {
        get
        {
            if (IsGroupOpen)
                return true;
            for (var i = 0; i < _replies.Count; i++)
            {
                if (_replies[i].Route != ReplyRoute.Internal)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Groups of the client that will get no answer any more, because the server is lost.</summary>
    /// <param name="isOpen">Messages of a further group were sent, but not yet its end.</param>
    public int CountClientGroups(out bool isOpen)
    {
        isOpen = IsGroupOpen;
        var count = 0;
        for (var i = 0; i < _replies.Count; i++)
        {
            ref var reply = ref _replies[i];
            if (reply.Route == ReplyRoute.Client && reply.Kind is ReplyKind.Query or ReplyKind.Sync
                    or ReplyKind.FunctionCall or ReplyKind.ElidedQuery)
                count++;
        }
        return count;
    }

    public void Clear()
    {
        _replies.Clear();
        IsSkipping = false;
        IsGroupOpen = false;
        GroupsOwed = _ownGroups = _wholesaleOwed = 0;
    }
}
