using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Statements that ask what the one before has left: on the same server connection it knows. Elsewhere they
/// are answered here, or, where that can't be, an error is given instead of another client's truth.
/// </summary>
internal static class LookBack
{
    public const StatementEffects Answered = StatementEffects.ReadsRowCount
        | StatementEffects.ReadsFoundRows | StatementEffects.ReadsDiagnostics;

    private static readonly ErrPacket Gone = new(1105, "HY000",
        "What the last statement left (ROW_COUNT(), FOUND_ROWS(), warnings) is not known here: the session "
            + "has another "
            + "database connection by now. Ask inside the transaction, or use an endpoint with PoolMode "
            + "session.");

    /// <summary>With a server at hand: answers what this server can't.</summary>
    /// <param name="text">Empty: prepared, and so not answered here.</param>
    /// <returns>True: the client has its answer. False: the server has it.</returns>
    public static bool TryAnswer(ClientRelay client, StatementTraits traits, ReadOnlySpan<byte> text)
    {
        var last = client.Last;
        var asksCounts = last.IsDisturbed
            && traits.Has(StatementEffects.ReadsRowCount | StatementEffects.ReadsFoundRows);
        var asksDiagnostics = last.AreDiagnosticsElsewhere && traits.Has(StatementEffects.ReadsDiagnostics);
        if (!asksCounts && !asksDiagnostics)
            return false;
        if (!(asksDiagnostics && last.HasDiagnostics)
            && (!asksCounts || TraceCover.Leaves(last.RowCount, last.FoundRows, traits)))
        {
            // What there is to hear, a statement of ours leaves there.
            client.Server!.Start(new TraceCover(client, last.RowCount), client.Session.Loop.ToServer);
            return false;
        }
        if (LookBackQuestion.Read(text) is not { } question || !LookBackAnswer.TryWrite(client, question))
            client.Answer(Gone);
        return true;
    }
}
