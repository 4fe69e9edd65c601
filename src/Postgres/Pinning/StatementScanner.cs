namespace Sento.Postgres.Pinning;

/// <summary>
/// Decides which state of its session a statement text may change, so that transactions of many sessions can
/// share a server connection. Conservative: an effect too many costs a little, a missed one leaks between
/// clients.
/// </summary>
/// <remarks>
/// Pure and total: any bytes, no exception, linear time. Text without effects costs no memory and is decided
/// by <see cref="QuietProbe"/> alone; the rest is read token by token.
/// </remarks>
public static class StatementScanner
{
    /// <param name="text">A Query's or a Parse's text, without its closing zero.</param>
    /// <param name="standardConformingStrings">
    /// The session's setting when the server reads the text; it reads a text whole before it runs any of it.
    /// </param>
    public static StatementTraits Scan(ReadOnlySpan<byte> text, bool standardConformingStrings) =>
        QuietProbe.IsQuiet(text)
            ? StatementTraits.Quiet
            : ShortStatements.Find(text) ?? Read(text, standardConformingStrings);

    private static StatementTraits Read(ReadOnlySpan<byte> text, bool standardConformingStrings)
    {
        var reader = new StatementReader(text, standardConformingStrings);
        while (reader.StartStatement())
        {
            StatementGrammar.Read(ref reader);
            reader.EndStatement();
        }
        return reader.Finish();
    }
}
