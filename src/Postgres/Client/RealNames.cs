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

    /// <summary>Something may have changed what the server has under such names: it is to be asked.</summary>
    public bool IsTouched { get; set; }

    public static bool AreUsedBy(StatementTraits traits) => traits.Has(ByName);

    /// <summary>The same of an unnamed statement: a DEALLOCATE by itself speaks of a name of ours.</summary>
    public static bool AreUsedUnnamed(PreparedStatement statement) =>
        statement.Deallocates is null && AreUsedBy(statement.Traits);

    public bool Has(ReadOnlySpan<byte> name) =>
        _names is not null
        && _names.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(NameComparer.Cut(name));

    /// <summary>Places every name that a text speaks of, and what those speak of in turn.</summary>
    /// <returns>False: what a name means depends on replies that are still owed.</returns>
    public bool TryPlace(ServerSession server, StatementTraits traits)
    {
        if (client.Names.HasUnsettledBefore(server.Replies))
            return false;
        IsTouched = true;
        // A failed transaction takes no Parse: what it has to say of the client's own message comes first.
        if (server.TransactionStatus != (byte)'E' || server.Replies.IsGroupOpen)
            Place(server, traits);
        return true;
    }

    /// <summary>The same for one name.</summary>
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
            if (use.Kind == PreparedNameUseKind.Prepare && client.Names.Find(name) is null)
                (_names ??= new HashSet<byte[]>(NameComparer.Instance)).Add(NameComparer.Cut(name).ToArray());
        }
    }

    /// <summary>
    /// The server has refused or skipped the placing: the client's table still says what is meant.
    /// </summary>
    public void OnRefused(byte[] name) => _names?.Remove(name);

    /// <summary>
    /// The server is gone, and they with it; the client's table says what they were before.
    /// </summary>
    public void Forget()
    {
        _names = null;
        IsTouched = false;
        client.Names.PlacedGroup = 0;
    }

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
        var key = NameComparer.Cut(name).ToArray();
        (_names ??= new HashSet<byte[]>(NameComparer.Instance)).Add(key);
        var statement = client.Names.Find(key);
        // First what it speaks of itself, since that decides its columns.
        if (statement is not null)
            Place(server, statement.Traits);
        client.Statements.Supply.Place(server, key, statement);
        client.Names.PlacedGroup = server.Replies.Group;
    }
}
