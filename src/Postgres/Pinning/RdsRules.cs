namespace Sento.Postgres.Pinning;

/// <summary>
/// When RDS Proxy pins a PostgreSQL session, by its documentation ("Avoiding pinning an RDS Proxy",
/// conditions for PostgreSQL), with reasons in the manner of its log. For those who want to see here what
/// production will do.
/// </summary>
/// <remarks>
/// The documentation does not exempt SET LOCAL, so it pins here; users report that in practice it may not.
/// Calls of functions and procedures don't pin, whatever they hide, and neither do BEGIN, COPY, CLOSE or
/// NOTIFY.
/// </remarks>
public static class RdsRules
{
    /// <summary>Bytes of a statement's text above which it pins.</summary>
    public const int StatementBytesMax = 16_384;

    private const StatementEffects Settings = StatementEffects.Settings | StatementEffects.SettingsUnknown
        | StatementEffects.LocalSettings | StatementEffects.ResetsSettings
        | StatementEffects.ResetsAllSettings | StatementEffects.Identity;

    private const StatementEffects Discards = StatementEffects.DiscardAll | StatementEffects.DiscardTemp
        | StatementEffects.DiscardPlans | StatementEffects.DiscardSequences;

    private const StatementEffects Prepared = StatementEffects.Prepare | StatementEffects.Execute
        | StatementEffects.Deallocate | StatementEffects.DeallocateAll;

    /// <summary>In the order in which a text with several of them is explained.</summary>
    private static readonly (StatementEffects Effects, string Reason)[] Reasons =
    [
        (Settings, "SQL changed session settings that the proxy doesn't track. "
            + "Consider moving session configuration to the proxy's initialization query."),
        (Prepared, "SQL managed a prepared statement with PREPARE, EXECUTE or DEALLOCATE. "
            + "Consider preparing statements by the protocol instead."),
        (Discards, "SQL discarded session state with DISCARD."),
        (StatementEffects.TempObject, "SQL created a temporary table, view or sequence."),
        (StatementEffects.DeclareCursor, "SQL declared a cursor."),
        (StatementEffects.Listen, "SQL listened on a notification channel."),
        (StatementEffects.Load, "SQL loaded a library module."),
        (StatementEffects.SequenceChange, "SQL changed a sequence with nextval or setval."),
        (StatementEffects.AdvisoryLock | StatementEffects.AdvisoryUnlock,
            "SQL used an advisory lock of the session. "
            + "Consider a lock of the transaction (pg_advisory_xact_lock)."),
    ];

    /// <param name="textBytes">The whole text's length.</param>
    /// <returns>The reason, without the statement's digest; null: the session is not pinned.</returns>
    public static string? PinReasonFor(StatementTraits traits, int textBytes)
    {
        if (textBytes > StatementBytesMax)
            return "The connection ran a SQL query which exceeded the 16384 byte limit.";
        if (traits.Effects == StatementEffects.None)
            return null;
        foreach (var (effects, reason) in Reasons)
        {
            if (traits.Has(effects))
                return reason;
        }
        return null;
    }
}
