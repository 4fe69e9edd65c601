using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>
/// Character sets and collations of a session: one unit, led by NAMES and corrected where it differs.
/// </summary>
/// <remarks>
/// Only NAMES chooses the collation that definitions of columns are told in. Values are written as they are:
/// names of character sets have nothing to quote.
/// </remarks>
internal static class NamesAssignment
{
    public static bool IsPart(string name) => name is StateNames.CharsetClient or StateNames.CharsetConnection
        or StateNames.CharsetResults or StateNames.CollationConnection;

    public static void Append(ByteBuffer sql, StateSet from, StateSet to)
    {
        if (IsSame(from, to, StateNames.CharsetClient) && IsSame(from, to, StateNames.CharsetResults)
            && IsSame(from, to, StateNames.CollationConnection) && IsSame(from, to,
                StateNames.CollationResults))
            return;
        if (!to.TryGet(StateNames.CharsetClient, out var client)
            || !to.TryGet(StateNames.CollationConnection, out var collation)
            || !to.TryGet(StateNames.CharsetResults, out var results))
            return;
        to.TryGet(StateNames.CollationResults, out var collationOfResults);
        var leads = results.Length > 0 && results is not ("ucs2" or "utf16" or "utf16le" or "utf32"
            or "binary");
        if (leads)
            Names(sql, results, collationOfResults);
        else
            Names(sql, client, "");
        if (leads && client != results)
            Write(sql, ",@@session.character_set_client='", client, "'");
        if (!leads)
            Write(sql, ",@@session.character_set_results=", results.Length == 0 ? "NULL" : results, "");
        if (!leads || collation != collationOfResults)
            Write(sql, ",@@session.collation_connection='", collation, "'");
    }

    private static void Names(ByteBuffer sql, string charset, string collation)
    {
        Write(sql, "NAMES '", charset, "'");
        if (collation.Length > 0)
            Write(sql, " COLLATE '", collation, "'");
    }

    private static void Write(ByteBuffer sql, string before, string value, string after)
    {
        SetStatement.Latin(sql, before);
        SetStatement.Latin(sql, value);
        SetStatement.Latin(sql, after);
    }

    private static bool IsSame(StateSet from, StateSet to, string name) =>
        from.TryGet(name, out var old) == to.TryGet(name, out var value) && old == value;
}
