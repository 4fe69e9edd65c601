namespace Sento.Tests.Isolation.MySql.Themes;

/// <summary>Prepared statements, by the binary protocol and as SQL.</summary>
internal static class PreparedDeeds
{
    public static Deed Next(Dice dice, int client)
    {
        var slot = dice.Below(Actor.SlotCount);
        return dice.Weighted((5, 0), (8, 1), (2, 2), (1, 3), (1, 4), (1, 5), (3, 6)) switch
        {
            0 => new Prepares(slot, Text(dice, client)),
            1 => new Executes(slot, Values(dice), dice.OneIn(2), OpensCursor: false),
            2 => new Executes(slot, Values(dice), SendsTypes: true, OpensCursor: true),
            3 => new Handles(slot, StatementCommand.Fetch),
            4 => new Handles(slot, dice.Of(StatementCommand.Reset, StatementCommand.Close)),
            5 => new Handles(slot, StatementCommand.SendLong),
            _ => BySql(dice, client),
        };
    }

    private static string Text(Dice dice, int client) => dice.Of(
        "select ? as p", "select ? + 1, ?", $"select a, s from ~.t{client}",
        $"select * from t{client} where a > ?",
        $"insert into ~.t{client} (a) values (?)", $"insert into ~.t{client} (a, s) values (?, ?)",
        "select 1",
        "set @a = ?", "select @a, @b", "begin", "commit", "selec", "select * from missing",
        "select database()",
        $"select id from ~.t{client} union select 7", $"update ~.t{client} set a = ?", "set sql_mode = ''",
        "select 'a' = 'A', \"b\"", "create temporary table kept (a int)", "select get_lock('c~', 0)", "do ?",
        $"alter table ~.t{client} comment = 'p'", "select last_insert_id()", "set names latin1",
        "show tables",
        "select 1; select 2", $"call inserts{client}(2)", "");

    private static object?[] Values(Dice dice) => dice.Of<object?[]>(
        [5, 6], [5L, "x"], ["text", 7], [null, null], [1.5, "ä"], ["12", 3]);

    private static Deed BySql(Dice dice, int client) => new Says(dice.Of(
        "prepare p from 'select ? + 1'", "prepare p from 'select 1'", "prepare q from 'select @a'",
        "execute p", "execute p using @a", "execute q", "deallocate prepare p", "drop prepare q",
        "prepare p from 'selec'", "prepare p from 'set @b = 5'", "prepare p from @a", "deallocate prepare q",
        $"prepare q from 'insert into ~.t{client} (a) values (4)'"));
}
