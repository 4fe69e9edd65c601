using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Statements that ask what the one before has left: on the same server connection it knows. Elsewhere the
/// key can be brought along, rows are answered here, and warnings are gone, which is said instead of
/// showing another client's.
/// </summary>
internal static class LookBack
{
    public const StatementEffects Any = StatementEffects.ReadsInsertId | StatementEffects.ReadsRowCount
        | StatementEffects.ReadsFoundRows | StatementEffects.ReadsDiagnostics;

    private static readonly ErrPacket Gone = new(1105, "HY000",
        "What the last statement left (ROW_COUNT(), FOUND_ROWS(), warnings) is not known here: the session "
            + "has another "
        + "database connection by now. Ask inside the transaction, or use an endpoint with PoolMode "
            + "session.");

    /// <summary>With a server at hand: answers what this server can't.</summary>
    /// <param name="text">Empty: prepared, and so not answered here.</param>
    /// <returns>True: the client has its answer.</returns>
    public static bool TryAnswer(ClientRelay client, StatementTraits traits, ReadOnlySpan<byte> text)
    {
        if (!client.Last.IsDisturbed || !traits.Has(Any & ~StatementEffects.ReadsInsertId))
            return false;
        if (!LookBackAnswer.TryWrite(client, text, client.Last, client.Session.Loop.ToClient))
            client.Answer(Gone);
        return true;
    }
}
