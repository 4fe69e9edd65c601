using Sento.MySql.Replay;

namespace Sento.MySql.Client;

/// <summary>What a statement on a server connection is wanted for.</summary>
internal enum PreparedUse : byte
{
    Execution,
    Cursor,

    /// <summary>A part of a parameter is sent ahead of its execution.</summary>
    LongData,
}

/// <summary>
/// What servers keep in a prepared statement of how it was executed before, and answer wrongly for. Where
/// texts are shared, it may have been somebody else who executed it.
/// </summary>
internal static class PreparedLeftovers
{
    /// <summary>
    /// MySQL (9.7) executes what has had a cursor, and shall have none, without its rows. MariaDB (10.11)
    /// takes parts of a parameter that was bound as a number before for nothing.
    /// </summary>
    /// <returns>False: it has to be prepared anew.</returns>
    public static bool Allow(
        PreparedOnServer.Entry entry, ClientStatement statement, PreparedUse use, bool isMariaDb)
    {
        // Parts that are there would be lost with it.
        if (statement.HasLongData)
            return true;
        if (!isMariaDb)
            return use != PreparedUse.Execution || !entry.HadCursor;
        return use != PreparedUse.LongData || statement.HasCursor || entry.Types is null
            || entry.HasTypes(statement.Types);
    }
}
