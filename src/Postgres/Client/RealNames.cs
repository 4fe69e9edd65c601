using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// Names of prepared statements that stand on the leased server as the client wrote them, because SQL that is
/// not rewritten speaks of them: there the server alone knows what they mean.
/// </summary>
/// <remarks>
/// Used for SQL in the extended protocol and in texts of several statements. A name is placed before the
/// message that speaks of it: first closed, whatever an unseen PREPARE has left there, then prepared if the
/// client has it. From then on it stays there, and the session with it, until DISCARD ALL.
/// </remarks>
internal sealed class RealNames(ClientRelay client)
{
    private const StatementEffects ByName =
        StatementEffects.Prepare | StatementEffects.Execute | StatementEffects.Deallocate;

    private HashSet<byte[]>? _names;
    private HashSet<byte[]>? _hollow;
    private byte[]? _refused;

    /// <summary>Something may have changed what the server has under such names: it is to be asked.</summary>
    public bool IsTouched { get; set; }

    public static bool AreUsedBy(StatementTraits traits) => traits.Has(ByName);

    /// <summary>The same of an unnamed statement: a DEALLOCATE by itself speaks of a name of ours.</summary>
    public static bool AreUsedUnnamed(PreparedStatement statement) =>
        statement.Deallocates is null && AreUsedBy(statement.Traits);

    public bool Has(ReadOnlySpan<byte> name) =>
        _names is not null
        && _names.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(NameComparer.Cut(name));

    /// <summary>Places every name that a text speaks of. A statement that speaks of names has none of ours.
    /// </summary>
    /// <returns>False: what a name means depends on replies that are still owed.</returns>
    public bool TryPlace(ServerSession server, StatementTraits traits)
    {
        if (MustWait(server))
            return false;
        IsTouched = true;
        if (TakesParse(server))
            Place(server, traits);
        return true;
    }

    /// <summary>The same for the name that a Parse of such a text is about to give.</summary>
    public bool TryPlaceTarget(ServerSession server, ReadOnlySpan<byte> name)
    {
        if (MustWait(server))
            return false;
        IsTouched = true;
        if (TakesParse(server))
            Place(server, name);
        return true;
    }

    /// <summary>The same for one name that the client has, and is to use.</summary>
    public bool TryPlace(ServerSession server, ReadOnlySpan<byte> name)
    {
        if (client.Names.HasUnsettledBefore(server.Replies))
            return false;
        IsTouched = true;
        Place(server, name);
        return true;
    }

    /// <summary>
    /// In a failed transaction nothing can be placed: names that the client does not have are the server's
    /// from now on, whatever the text makes of them behind its ROLLBACK.
    /// </summary>
    public void Adopt(StatementTraits traits)
    {
        foreach (var use in traits.PreparedNames)
        {
            var name = System.Text.Encoding.Latin1.GetBytes(use.Name);
            if (use.Kind == PreparedNameUseKind.Prepare && client.Names.Find(name) is null && !Has(name))
                Expect(name);
        }
    }

    /// <summary>
    /// The server has refused or skipped the placing: the client's table still says what is meant.
    /// </summary>
    /// <param name="wasTried">It has refused it: what the statement was made of is not there any
    /// more.</param>
    public void OnRefused(byte[] name, bool wasTried)
    {
        _names?.Remove(name);
        if (wasTried)
            _refused = name;
    }

    /// <summary>
    /// What the server has refused is to be placed all the same, with nothing in it that could be executed:
    /// the text does no more with the name than to end it, or to find it taken.
    /// </summary>
    /// <returns>False: the text needs the statement itself.</returns>
    public bool TryPlaceHollow(StatementTraits traits)
    {
        if (_refused is not { } refused || _hollow?.Contains(refused) == true)
            return false;
        _refused = null;
        foreach (var use in traits.PreparedNames)
        {
            var name = System.Text.Encoding.Latin1.GetBytes(use.Name);
            if (use.Kind == PreparedNameUseKind.DeallocateAll
                || !NameComparer.Cut(name).SequenceEqual(refused))
                continue;
            if (use.Kind == PreparedNameUseKind.Execute)
                return false;
            return (_hollow ??= new HashSet<byte[]>(NameComparer.Instance)).Add(refused);
        }
        return false;
    }

    /// <summary>
    /// The server is gone, and they with it; the client's table says what they were before.
    /// </summary>
    public void Forget()
    {
        _names = _hollow = null;
        _refused = null;
        IsTouched = false;
        client.Names.PlacedGroup = 0;
    }

    /// <summary>
    /// A statement on its way may make the transaction fail, and whether it has decides what can be placed.
    /// </summary>
    private bool MustWait(ServerSession server) =>
        server.Replies.OwesClientGroups || client.Names.HasUnsettledBefore(server.Replies);

    /// <summary>
    /// A failed transaction takes no Parse: what it has to say of the client's own message comes first.
    /// </summary>
    private static bool TakesParse(ServerSession server) =>
        server.TransactionStatus != (byte)'E' || server.Replies.IsGroupOpen;

    private void Place(ServerSession server, StatementTraits traits)
    {
        foreach (var use in traits.PreparedNames)
        {
            if (use.Kind != PreparedNameUseKind.DeallocateAll)
                Place(server, System.Text.Encoding.Latin1.GetBytes(use.Name));
        }
    }

    private void Place(ServerSession server, ReadOnlySpan<byte> name)
    {
        if (Has(name))
            return;
        var key = Expect(name);
        var statement = client.Names.Find(key);
        var isHollow = statement is not null && _hollow?.Contains(key) == true;
        client.Statements.Supply.Place(server, key, statement, isHollow);
        client.Names.PlacedGroup = server.Replies.Group;
    }

    /// <summary>From now on the name is the server's.</summary>
    private byte[] Expect(ReadOnlySpan<byte> name)
    {
        _names ??= new HashSet<byte[]>(NameComparer.Instance);
        if (_names.Count >= Limits.StatementsPerClientMax)
        {
            throw new ProtocolViolation(
                $"SQL that is not rewritten may speak of {Limits.StatementsPerClientMax} names of prepared "
                + "statements: use DISCARD ALL now and then");
        }
        var key = NameComparer.Cut(name).ToArray();
        _names.Add(key);
        return key;
    }
}
