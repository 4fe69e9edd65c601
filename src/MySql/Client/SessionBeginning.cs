using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What a client's handshake makes of a session: its character set, its options.</summary>
internal static class SessionBeginning
{
    /// <param name="isChange">By COM_CHANGE_USER.</param>
    public static StateSet Of(StateSet fresh, TargetFacts facts, HandshakeResponse response, bool isChange)
    {
        if (isChange)
            fresh = Later(fresh, facts);
        var (charset, collation) = facts.NamesOf(response.Charset);
        // No server reads statements in these.
        if (charset is "ucs2" or "utf16" or "utf16le" or "utf32")
            (charset, collation) = facts.DefaultNames;
        return WithNames(fresh, (charset, collation)).With(StateNames.MultiStatements,
            (response.Capabilities & Capabilities.MultiStatements) != 0 ? "1" : "0");
    }

    /// <summary>
    /// By a reset or another user MariaDB forgets that the client has asked for IGNORE_SPACE at its sign-in.
    /// </summary>
    public static StateSet Later(StateSet state, TargetFacts facts) => facts.IsMariaDb
        && state.TryGet(StateNames.SqlMode, out var mode) && mode == facts.SqlModeWithIgnoreSpace
            ? state.Without(StateNames.SqlMode) : state;

    public static StateSet WithNames(StateSet state, (string Charset, string Collation) names) => state
        .With(StateNames.CharsetClient, names.Charset)
        .With(StateNames.CharsetConnection, names.Charset)
        .With(StateNames.CharsetResults, names.Charset)
        .With(StateNames.CollationConnection, names.Collation)
        .With(StateNames.CollationResults, names.Collation);
}
