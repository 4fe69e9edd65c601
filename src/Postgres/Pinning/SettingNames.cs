namespace Sento.Postgres.Pinning;

/// <summary>What a setting's name says about the effect of setting it.</summary>
internal static class SettingNames
{
    public const string Role = "role";
    public const string SessionAuthorization = "session_authorization";
    public const string SearchPath = "search_path";
    public const string TimeZone = "timezone";

    /// <summary>Notes that a setting is set or reset.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="effect">Settings, ResetsSettings or LocalSettings.</param>
    public static void Add(scoped ReadOnlySpan<char> name, StatementEffects effect, ref TraitsBuilder found)
    {
        // Setting the seed is an action, not a value: it outlives a SET LOCAL.
        if (name is "seed")
            found.Add(StatementEffects.SetSeed);
        if (effect == StatementEffects.LocalSettings || IsOfTransaction(name))
        {
            found.Add(StatementEffects.LocalSettings);
            return;
        }
        if (name is Role or SessionAuthorization)
            effect = effect & StatementEffects.ResetsSettings | StatementEffects.Identity;
        found.Add(effect);
        found.AddSettingName(Present(name));
    }

    /// <summary>These take their value anew at each transaction's start, however they were set.</summary>
    private static bool IsOfTransaction(ReadOnlySpan<char> name) =>
        name is "transaction_isolation" or "transaction_read_only" or "transaction_deferrable";

    /// <summary>The server accepts two old names; it reports and resets only the present ones.</summary>
    private static string Present(ReadOnlySpan<char> name) => name switch
    {
        "sort_mem" => "work_mem",
        "vacuum_mem" => "maintenance_work_mem",
        _ => name.ToString(),
    };
}
