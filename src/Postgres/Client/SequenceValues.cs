using Sento.Postgres.Pinning;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// What currval and lastval may answer one client: its own values, never another's.
/// </summary>
/// <remarks>
/// The values are in the memory of one server process. Another client gets that connection without them; this
/// one gets it back first, as long as it comes back soon and is known to ask. Loop thread only.
/// </remarks>
internal sealed class SequenceValues(ClientRelay client)
{
    /// <summary>
    /// How often a client that has asked once gets its connection kept without asking again.
    /// </summary>
    private const int KeepsPerQuestion = 16;

    private static readonly byte[] s_discard = "DISCARD SEQUENCES"u8.ToArray();

    private bool _startedForeign;
    private bool _isForeign;
    private bool _hasAsked;
    private bool _hasOwn;
    private int _keepsLeft;

    /// <summary>In this lease a sequence was advanced, as far as seen.</summary>
    public bool HasAdvanced { get; private set; }

    /// <param name="isOther">Somebody else had the connection last.</param>
    /// <returns>True: what others have left there must be discarded first.</returns>
    public bool OnLeaseBegins(ServerSession server, bool isOther)
    {
        var discards = isOther
            && (server.SequencesAdvanced || PoolFacts.Of(client.Pool).MustScrubSequences);
        _startedForeign = _isForeign = isOther && !discards;
        HasAdvanced = _hasAsked = false;
        return discards;
    }

    /// <summary>
    /// Before a Query that may ask: what code of others has advanced here unseen must not answer.
    /// </summary>
    /// <param name="traits">Of the statement, or of the one that it executes.</param>
    public void GuardQuery(ServerSession server, StatementTraits traits)
    {
        if (MustDiscard(server, traits))
            server.Start(new SimpleExchange(s_discard, (_, _) => { }), client.Session.Loop.ToServer);
    }

    /// <summary>
    /// The same within a group of the extended protocol: a Query would end its unnamed statement and portal.
    /// </summary>
    /// <returns>
    /// False: it must wait. An earlier group may yet fail the transaction, and what we add would be refused
    /// in place of the client's own message.
    /// </returns>
    public bool TryGuardGroup(ServerSession server, StatementTraits traits)
    {
        if (!MustDiscard(server, traits))
            return true;
        if (server.Replies.OwesClientGroups)
        {
            _isForeign = true;
            return false;
        }
        client.Statements.Supply.RunSql(server, s_discard);
        return true;
    }

    private bool MustDiscard(ServerSession server, StatementTraits traits)
    {
        if (!traits.Has(StatementEffects.SequenceRead | StatementEffects.Opaque))
            return false;
        if (traits.Has(StatementEffects.SequenceRead))
            NoteQuestion();
        // A failed transaction would refuse it, and answers nothing anyway.
        if (!_isForeign || HasAdvanced || server.TransactionStatus == (byte)'E')
            return false;
        _isForeign = false;
        return true;
    }

    /// <summary>The server now knows a current value that is this client's own.</summary>
    public void OnAdvanced(ServerSession server)
    {
        server.SequencesAdvanced = true;
        HasAdvanced = _hasOwn = true;
    }

    /// <summary>An error: what was sent behind it, a DISCARD of ours too, was not done.</summary>
    public void OnError() => _isForeign = _startedForeign;

    /// <summary>The client has discarded them.</summary>
    public void Forget() => HasAdvanced = _hasAsked = _hasOwn = false;

    /// <summary>The lease is over. True: the client will probably ask for what it leaves behind.</summary>
    public bool TakeKeep()
    {
        if (!_hasOwn || !(HasAdvanced || _hasAsked))
            return false;
        if (_keepsLeft == 0)
            return PoolFacts.Of(client.Pool).TakeSequenceKeep();
        _keepsLeft--;
        return true;
    }

    private void NoteQuestion()
    {
        _hasAsked = true;
        PoolFacts.Of(client.Pool).AsksSequences = true;
        if (!_hasOwn || HasAdvanced)
            return;
        _keepsLeft = KeepsPerQuestion;
        PoolFacts.Of(client.Pool).OnSequenceAskedLater();
    }
}
