namespace Sento.Tests.Isolation.MySql.Themes;

/// <summary>Named locks and locks of tables. Nobody waits: what another holds is tried.</summary>
internal static class LockLines
{
    public static readonly string[] Names = ["a", "b", "c"];

    public static Deed Next(Dice dice, int client)
    {
        var name = dice.Of(Names) + "~";
        return new Says(dice.Weighted<string>(
            (5, $"select get_lock('{name}', 0)"), (4, $"select release_lock('{name}')"),
            (2, $"select is_free_lock('{name}')"), (2, "select release_all_locks()"), (1,
            $"do get_lock('{name}', 0)"),
            (1, $"select get_lock('{name}', 0) + get_lock('{name}', 0)"), (1,
            $"set @a = get_lock('{name}', 0)"),
            (2, $"lock tables ~.t{client} write"), (1,
            $"lock tables ~.t{client} read, ~.t{client} as x read"),
            (3, "unlock tables"), (1, $"select count(*) from ~.t{client}"), (1, $"handler ~.t{client} open"),
            (1, $"handler t{client} read first"), (1, $"handler t{client} close"), (1, "flush tables")));
    }
}
