using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation.Themes;

/// <summary>Prepared statements by protocol and by SQL, and portals.</summary>
public static class PreparedPieces
{
    /// <summary>
    /// The name of statements that begin and end transactions. No SQL EXECUTEs it: what else is sent with it
    /// meets a PostgreSQL in a state that it does not know itself, and it ends the connection (XX000). Nor
    /// does any statement execute itself, since that crashes PostgreSQL.
    /// </summary>
    private const string Control = "control";

    public static Piece Next(Dice dice, int client)
    {
        var name = dice.Of("s1", "s2", "s3", "S1", "", Control);
        return dice.Weighted((6, 0), (8, 1), (2, 2), (3, 3), (4, 4), (2, 5), (3, 6), (1, 7), (4, 8)) switch
        {
            0 => Parse(dice, name, client),
            1 => BindAndExecute(dice, name),
            2 => Carriers.Raw($"Describe '{name}'", ToServer.DescribeStatement(name)),
            3 => Carriers.Raw($"Close '{name}'", ToServer.CloseStatement(name)),
            4 => Chain(dice, name, client),
            5 => Portals(dice, name),
            6 => ByName(dice),
            7 => Carriers.Simple("deallocate all"),
            _ => Carriers.Simple(Prepare(dice, client)),
        };
    }

    /// <summary>SQL about prepared statements; works by either protocol.</summary>
    public static Sql Statement(Dice dice, int client) =>
        dice.OneIn(3) ? Prepare(dice, client) : dice.Of<string>(
            "execute s1", "execute s2(3)", "execute s3(1, 'x')", "EXECUTE S1", "execute \"S1\"",
            "deallocate s1", "deallocate prepare s2", "deallocate \"S1\"", "execute s2(4) ",
            "explain (costs off) execute s1");

    private static Sql Prepare(Dice dice, int client)
    {
        var name = dice.Of("s1", "s2", "S3", "\"S1\"");
        return dice.Of(
            $"prepare {name} as select {client} as by_sql", $"prepare {name} (int) as select $1 + {client}",
            $"prepare {name} as select current_setting('work_mem')",
            $"prepare {name} as insert into play.t{client} values (7)",
            $"prepare {name} (int, text) as select $2 || $1", $"prepare {name} as selekt",
            $"prepare {name} as select * from missing");
    }

    private static (string Text, int ValueCount) Text(Dice dice, int client, string name) =>
        name == Control
            ? dice.Of(("begin", 0), ("commit", 0), ("rollback", 0))
            : Text(dice, client) is var text && name.Length > 0
                && text.Text is "commit" or "rollback" or "begin" or "execute s1"
                ? ("", 0)
                : text;

    private static (string Text, int ValueCount) Text(Dice dice, int client) => dice.Of(
        ($"select {client} as mine", 0), ("select 1 as same", 0), ("select $1::int as same", 1),
        ($"select $1::int + {client}", 1), ("select $1::text, $2::int", 2),
        ("select current_setting('timezone')", 0), ($"insert into play.t{client} values ($1)", 1),
        ("set work_mem = '6MB'", 0), ("begin", 0), ("commit", 0), ("", 0),
        ("select set_config('app.tenant', $1, false)", 1), ("select * from kept", 0), ("selekt", 0),
        ("select * from missing", 0), ("execute s1", 0), ("show timezone", 0), ("rollback", 0));

    private static Piece Parse(Dice dice, string name, int client)
    {
        var (text, _) = Text(dice, client, name);
        var describes = dice.OneIn(2);
        return Carriers.Raw($"Parse{(describes ? "+Describe" : "")} '{name}': {text}",
            ToServer.Parse(name, text), describes ? ToServer.DescribeStatement(name) : []);
    }

    private static Piece BindAndExecute(Dice dice, string name)
    {
        var values = Values(dice);
        return Carriers.Raw($"Bind+Execute '{name}' [{string.Join(", ", values)}]",
            ToServer.Bind("", name, values), dice.OneIn(2) ? ToServer.DescribePortal("") : [],
            ToServer.Execute());
    }

    private static string?[] Values(Dice dice) =>
        dice.Of<string?[]>([], [], ["5"], ["6"], ["7", "8"], ["x"], [null]);

    /// <summary>Close, Parse, Bind, Execute and errors in one group.</summary>
    private static Piece Chain(Dice dice, string name, int client)
    {
        var texts = new List<string>();
        var bytes = new List<byte[]>();
        var canExecute = false;
        for (var left = 2 + dice.Below(5); left > 0; left--)
        {
            var (text, count) = Text(dice, client, name);
            string?[] values = count switch { 0 => [], 1 => ["5"], _ => ["5", "6"] };
            var (said, message) = dice.Weighted(
                (3, ($"Close '{name}'", ToServer.CloseStatement(name))),
                (4, ($"Parse '{name}': {text}", ToServer.Parse(name, text))),
                (4, ($"Bind '{name}' [{string.Join(", ", values)}]", ToServer.Bind("", name, values))),
                (canExecute ? 5 : 0, ("Execute", ToServer.Execute())),
                (1, ($"Describe '{name}'", ToServer.DescribeStatement(name))),
                (1, ("Flush", ToServer.Flush())),
                (1, ("ClosePortal", ToServer.ClosePortal(""))));
            // Once, and what this group has bound: see the generator's remarks.
            canExecute = said.StartsWith("Bind", StringComparison.Ordinal) && !texts.Contains("Execute");
            texts.Add(said);
            bytes.Add(message);
        }
        return Carriers.Raw(string.Join(", ", texts), [.. bytes]);
    }

    private static Piece Portals(Dice dice, string name)
    {
        var portal = dice.Of("p", "q");
        return dice.Of(
            Carriers.Raw($"portal {portal} of series, 2 rows",
                ToServer.Parse("", "select generate_series(1, 5)"), ToServer.Bind(portal, ""), ToServer.Execute(portal, 2)),
            Carriers.Raw($"2 rows of {portal}", ToServer.Execute(portal, 2)),
            Carriers.Raw($"rest of {portal}", ToServer.DescribePortal(portal), ToServer.Execute(portal)),
            Carriers.Raw($"close {portal}", ToServer.ClosePortal(portal)),
            Carriers.Raw($"portal {portal} of '{name}'",
                ToServer.Bind(portal, name, Values(dice)), ToServer.Execute(portal, 1)));
    }

    private static Piece ByName(Dice dice) => Carriers.Simple(dice.Of<string>(
        "execute s1", "execute s2(3)", "execute s3(1, 'x')", "deallocate s1", "deallocate s2",
        "execute \"S1\""));
}
