using Sento.Postgres.Replay;

namespace Sento.Postgres.Server;

/// <summary>
/// The unnamed statement of one server connection: as it will be when all that was sent is done, and as the
/// replies so far tell. Loop thread only.
/// </summary>
internal sealed class UnnamedOnServer
{
    /// <summary>Messages behind a failure that are looked at; behind more it is not known any more.</summary>
    private const int LookedAtMax = 64;

    private PreparedStatement? _done;
    private long _doneAt;

    /// <summary>Counting all that has been sent; null: none, or one that was too long to be read.</summary>
    public PreparedStatement? Sent { get; private set; }

    /// <summary>When that was parsed, or later, but in the same lease.</summary>
    public long ParsedAt { get; private set; }

    /// <summary>In this lease one may have been parsed that was too long to be read.</summary>
    public bool MayBeLong { get; private set; }

    /// <summary>A Parse of it is being sent.</summary>
    public void Parse(PreparedStatement statement, long moment) => (Sent, ParsedAt) = (statement, moment);

    /// <summary>A Parse of one that is too long to be read is being sent.</summary>
    public void ParseLong() => (Sent, MayBeLong) = (null, true);

    /// <summary>What ends it is being sent: a Close, a simple Query.</summary>
    public void End() => Sent = null;

    /// <summary>A client gets the server connection: what another's long text was is nothing to it.</summary>
    public void OnLent()
    {
        if (!MayBeLong)
            return;
        MayBeLong = false;
        (Sent, _done) = (PreparedStatement.Unknown, PreparedStatement.Unknown);
    }

    /// <summary>The server has done what was asked.</summary>
    public void OnDone(in ExpectedReply reply)
    {
        if (reply.Kind is ReplyKind.ParseUnnamed or ReplyKind.CloseUnnamed or ReplyKind.Query)
            (_done, _doneAt) = (reply.Statement, ParsedAt);
        if (reply.Kind == ReplyKind.Query)
            _done = null;
    }

    /// <summary>A Parse of it has failed, and has ended the one before all the same.</summary>
    public void OnParseFailed() => _done = null;

    /// <summary>What was sent before these replies were owed has failed or is skipped.</summary>
    public void OnSkipped(ReplyQueue replies)
    {
        for (var i = replies.Count - 1; i >= 0; i--)
        {
            ref var reply = ref replies[i];
            // What was sent behind the failed group will be done.
            if (reply.Kind is ReplyKind.ParseUnnamed or ReplyKind.CloseUnnamed or ReplyKind.Query)
                return;
            if (replies.Count - i > LookedAtMax)
            {
                Sent = PreparedStatement.Unknown;
                return;
            }
        }
        (Sent, ParsedAt) = (_done, _doneAt);
    }
}
