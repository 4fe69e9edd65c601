using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>What a session has set follows it to every server connection, and nobody else.</summary>
public sealed class State(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task Each_way_to_set_a_variable_holds_for_its_client_alone(MySqlKind on) =>
        Compare(on, async side =>
    {
        foreach (var (statement, question) in new[]
        {
            ("set sort_buffer_size = 65536", "select @@sort_buffer_size"),
            ("set session join_buffer_size = 131072", "select @@join_buffer_size"),
            ("set local group_concat_max_len = 2000", "select @@group_concat_max_len"),
            ("set @@sql_select_limit = 5", "select @@sql_select_limit"),
            ("set @@session.sql_mode = 'PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'",
                "select @@sql_mode, 'a' || 'b', '\\n'"),
            ("set @@local.time_zone = '+05:00'", "select @@time_zone, from_unixtime(0)"),
            ("set sql_mode = concat(@@sql_mode, ',STRICT_TRANS_TABLES')", "select @@sql_mode"),
            ("set @@sql_mode = (select concat(@@sql_mode, ',ANSI_QUOTES'))",
                "select \"a\" from (select 1 as a) x"),
            ("set wait_timeout = 1000, interactive_timeout = 2000",
                "select @@wait_timeout, @@interactive_timeout"),
            ("set names utf8mb4 collate utf8mb4_bin", "select @@collation_connection, 'a' = 'A'"),
            ("set names 'latin1'",
                "select @@character_set_client, @@character_set_results, @@collation_connection"),
            ("set character set utf8mb4", "show variables like 'character_set_c%'"),
            ("set collation_connection = utf8mb4_unicode_ci",
                "select @@collation_connection, @@character_set_connection"),
            ("set character_set_results = null", "select @@character_set_results"),
            ("set session transaction isolation level read committed", "show variables like '%x_isolation'"),
            ("set session transaction read only", "show variables like '%x\\_isolation'"),
            ("set transaction_alloc_block_size = 16384, foreign_key_checks = 0, unique_checks = off",
                "select @@foreign_key_checks, @@unique_checks"),
            ("set lc_time_names = 'de_DE'", "select date_format('2020-01-05', '%W'), @@lc_time_names"),
            ("set div_precision_increment = 8", "select 1/3"),
            ("set max_join_size = default, sql_big_selects = 1", "select @@max_join_size, @@sql_big_selects"),
            ("set sql_safe_updates = on", "select @@sql_safe_updates"),
            ("set auto_increment_increment = 10, auto_increment_offset = 3",
                "select @@auto_increment_increment"),
        })
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query(question);
            Assert.Null((await client.Query(statement)).Error);
            await side.Disturb();
            var set = (await client.Query(question)).Text;
            await side.Disturb();
            Assert.Equal(set, (await client.Query(question)).Text);
            await other.Query(question);
        }
    });

    [Theory, OnBoth]
    public Task What_texts_are_told_in_after_set_character_set_follows(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        foreach (var statement in (string[])["set character set latin1", "set charset utf8mb4",
            "set names latin1 collate latin1_bin", "set character set utf8mb4", "set character set default",
            "set names utf8mb4 collate utf8mb4_bin", "set character set latin1",
            "set names utf8mb4; set character set latin1", "set character_set_results = 'utf8mb4'",
            "set @@character_set_results = latin1", "set @@character_set_client = 'latin1'",
            "set @@session.character_set_results = utf8mb4", "set @@character_set_results = null",
            "set character_set_results = null", "set character set binary", "set names gbk"])
        {
            Assert.Null((await client.Query(statement)).Error);
            for (var round = 0; round < 2; round++)
            {
                await side.Disturb();
                Assert.Null((await client.Query("select 'a', _latin1 0xe4, @@character_set_results,"
                    + " @@collation_connection, @@character_set_client")).Error);
            }
        }
    });

    [Theory, OnBoth]
    public Task What_was_prepared_in_another_character_set_may_follow_a_set_names(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open(side.Door with { Charset = 46 });
        var asks = await client.Prepare("select 'a' = 'A', @@collation_connection, @@sql_mode");
        const string look = "select 'a' = 'A', @@collation_connection, @@character_set_results, @@sql_mode";
        foreach (var statement in (string[])["set names latin1", "set names utf8mb4 collate utf8mb4_bin",
            "set character set latin1", "set @@sql_mode = 'ANSI'", "set @@character_set_results = latin1"])
        {
            await side.Disturb();
            await client.Query("begin");
            Assert.Null((await client.Query(statement)).Error);
            Assert.Null((await asks.Execute()).Error);
            await client.Query(look);
            await client.Query("commit");
            await side.Disturb();
            await client.Query(look);
        }
    });

    [Theory, OnBoth]
    public Task A_variable_set_to_a_text_of_any_character_set_follows(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        foreach (var names in (string[])["binary", "latin1", "utf8mb4 collate utf8mb4_bin", "gbk"])
        {
            await client.Query($"set names {names}");
            await client.Query("set @a = 'text', @b = -1.5");
            await side.Disturb();
            await client.Query("set names utf8mb4");
            await client.Query("set @b = null");
            await side.Disturb();
            await client.Query("select @a, @b, collation(@a)");
        }
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory, OnBoth]
    public Task A_character_set_of_the_handshake_is_honoured(MySqlKind on) => Compare(on, async side =>
    {
        // latin1, utf8mb4_bin, gbk, utf8mb4_0900_ai_ci or MariaDB's utf8mb4_unicode_520_ci.
        foreach (var charset in new[] { 8, 46, 28, 45, 33, on == MySqlKind.MySql ? 255 : 246 })
        {
            var client = await side.Open(side.Door with { Charset = charset });
            for (var round = 0; round < 3; round++)
            {
                await client.Query("select @@character_set_client, @@character_set_connection,"
                    + " @@character_set_results, @@collation_connection");
                await client.Query([.. "select hex('"u8, 0xe4, .. "')"u8]);
                await side.Disturb();
            }
        }
    });

    [Theory, OnBoth]
    public Task A_quote_hidden_in_a_character_of_two_bytes_stays_hidden(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open(side.Door with { Charset = 28 });
        // In gbk the backslash is the second byte of a character: the text ends at the next quote.
        await client.Query([.. "select hex('"u8, 0xbf, 0x5c, .. "'), '@x := 1'"u8]);
        await side.Disturb();
        await client.Query([.. "select hex('"u8, 0xbf, 0x27, .. "')"u8]);
        await side.Disturb();
        await client.Query("select @@character_set_client");
    });

    [Theory, OnBoth]
    public Task The_schema_follows_its_client(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var none = await side.Open(side.Door.To(""));
        await client.Query("create table other.t (a int)");
        Assert.Equal("app", (await client.Query("select database()")).Scalar);
        await client.Query("use other");
        await side.Disturb();
        Assert.Equal("other", (await client.Query("select database()")).Scalar);
        Assert.Equal("OK(1)", (await client.Query("insert into t values (1)")).Text);
        Assert.Null((await none.Query("select database()")).Scalar);
        Assert.Equal("ERR(1046)", (await none.Query("select * from t")).Text);
        Assert.Equal("ERR(1044)", (await client.Query("use nowhere")).Text);
        await side.Disturb();
        Assert.Equal("other", (await client.Query("select database()")).Scalar);
        Assert.Equal("OK(0)", (await client.Ask(0x02, "app")).Text);
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
        await side.Disturb();
        Assert.Equal("app", (await client.Query("select database()")).Scalar);
        await client.Query("create database gone");
        await none.Query("use app");
        Assert.Null((await none.Query("drop database if exists gone")).Error);
        await client.Query("create database gone");
        await client.Query("use gone");
        await client.Query("drop database gone");
        await side.Disturb();
        Assert.Null((await client.Query("select database()")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_statement_that_fails_sets_nothing_and_pins_nobody(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        Assert.Equal("ERR(1193)", (await client.Query("set nonsense = 1")).Text);
        Assert.Equal("ERR(1231)", (await client.Query("set sql_mode = 'nonsense'")).Text);
        Assert.Equal("ERR(1231)", (await client.Query(
            "set time_zone = '+05:00', sql_mode = 'nonsense'")).Text);
        await side.Disturb();
        await client.Query("select @@sql_mode, @@time_zone");
        Assert.Equal("ERR(1238)", (await client.Query("set version = 'x'")).Text);
        Assert.NotNull((await client.Query("set max_connections = 7")).Error);
        Assert.Equal("ERR(1064)", (await client.Query("set sql_mode")).Text);
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory, OnBoth]
    public Task A_literal_user_variable_follows_without_a_pin(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set @a = 5, @b := 'text', @c = -1.50, @d = null, @`E f` = true");
        await side.Disturb();
        Assert.Equal("(5|text|-1.50|~|1)", (await client.Query("select @a, @b, @c, @d, @`e F`")).Text);
        await side.Disturb();
        Assert.Equal("(~|~|~|~|~)", (await other.Query("select @a, @b, @c, @d, @`e f`")).Text);
        Assert.Equal("(6|textx|utf8mb4_general_ci|2)",
            (await client.Query("select @a + 1, concat(@b, 'x'), collation(@b), coercibility(@b)")).Text);
        await client.Query("set @a = 'other', @b = null");
        await side.Disturb();
        Assert.Equal("(other|~|-1.50)", (await client.Query("select @a, @b, @c")).Text);
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    });

    [Theory, OnBoth]
    public Task A_user_variable_of_any_kind_is_nobody_elses(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var statement in new[]
        {
            "set @x = (select count(*) from t)", "select @x := 7", "select 8 into @x",
                "set @x = concat('a', 'b')",
            "set @x = 0xff", "select a into @x from t limit 1", "set @x = 'it''s'", "set @x = 1; set @x = 2",
            "select 1/0; get diagnostics @x = number", "set @y = 1, @x = @y + 1", "do @x := 3", "set @x = 9",
        })
        {
            var client = await side.Open();
            var other = await side.Open();
            await client.Query("create table if not exists t (a int)");
            await client.Query("insert into t values (1)");
            await client.Query(statement);
            await side.Disturb();
            await client.Query("select @x");
            Assert.Null((await other.Query("select @x")).Scalar);
            await client.Quit();
            var next = await side.Open();
            Assert.Null((await next.Query("select @x")).Scalar);
        }
    });

    [Theory, OnBoth]
    public Task A_role_is_nobody_elses_not_even_after_a_reset(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var ending in new[] { "leaves", "resets", "changes user" })
        {
            var client = await side.Open();
            Assert.NotNull((await client.Query("select * from books.secret")).Error);
            Assert.Null((await client.Query("set role auditor")).Error);
            await side.Disturb();
            Assert.Null((await client.Query("select * from books.secret")).Error);
            if (ending == "resets")
                await client.Ask(0x1f);
            else if (ending == "changes user")
                await client.ChangeUser(client.Door);
            else
                await client.Quit();
            for (var i = 0; i < 5; i++)
            {
                var other = await side.Open();
                Assert.NotNull((await other.Query("select * from books.secret")).Error);
            }
        }
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_role_that_a_routine_sets_is_nobody_elses(MySqlKind on) => Compare(on, async side =>
    {
        var maker = await side.Open();
        await maker.Query("create procedure become() sql security invoker set role auditor");
        await maker.Query("create procedure stay() select 1");
        foreach (var ending in new[] { "leaves", "resets", "changes user", "stays itself" })
        {
            var client = await side.Open();
            await client.Query(ending == "stays itself" ? "call stay()" : "call become()");
            await side.Disturb();
            if (ending != "stays itself")
                Assert.Null((await client.Query("select * from books.secret")).Error);
            if (ending == "resets")
            {
                await client.Ask(0x1f);
                // As on the server itself.
                Assert.Null((await client.Query("select * from books.secret")).Error);
            }
            if (ending == "changes user")
                await client.ChangeUser(client.Door);
            else
                await client.Quit();
            for (var i = 0; i < 5; i++)
            {
                var other = await side.Open();
                Assert.NotNull((await other.Query("select * from books.secret")).Error);
            }
        }
    });

    [Theory, OnBoth]
    public Task A_moment_that_is_set_does_not_freeze_the_clock_of_others(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set timestamp = 1000000000");
        await side.Disturb();
        Assert.Equal("1000000000", (await client.Query("select unix_timestamp()")).Scalar);
        await client.Query("set timestamp = default");
        await side.Disturb();
        Assert.Equal("1", (await client.Query("select unix_timestamp() > 1000000000")).Scalar);
        Assert.Equal("1", (await other.Query("select unix_timestamp() > 1000000000")).Scalar);
        await client.Query("set insert_id = 900");
        await other.Query("create table t (id int auto_increment primary key, a int)");
        Assert.Equal("OK(1 id 1)", (await other.Query("insert into t (a) values (1)")).Text);
        Assert.Equal("OK(1 id 900)", (await client.Query("insert into t (a) values (1)")).Text);
    });

    [Theory, OnBoth]
    public Task A_variable_that_a_procedure_sets_follows_even_when_it_fails_then(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create procedure p() begin set session sql_mode = 'ANSI_QUOTES';"
            + " set session group_concat_max_len = 4321; signal sqlstate '45000'; end");
        await client.Query("select @@sql_mode, @@group_concat_max_len");
        Assert.Equal("ERR(1644)", (await client.Query("call p()")).Text);
        await side.Disturb();
        await client.Query("select @@sql_mode, @@group_concat_max_len");
        await other.Query("select @@sql_mode, @@group_concat_max_len");
        await client.Quit();
        var next = await side.Open();
        await next.Query("select @@sql_mode, @@group_concat_max_len");
    });

    [Theory, OnBoth]
    public Task What_a_client_asks_to_hear_of_changes_it_hears(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set sql_mode = ''");
        await client.Query("use other");
        await client.Query("set autocommit = 0");
        await client.Query("set names latin1");
        await client.Query("set session_track_system_variables = 'sql_mode'");
        await side.Disturb();
        await client.Query("set sql_mode = 'ANSI_QUOTES'");
        await client.Query("set time_zone = '+01:00'");
        await client.Query("set session_track_schema = 0");
        await client.Query("use app");
        await client.Query("set session_track_transaction_info = 'CHARACTERISTICS'");
        await side.Disturb();
        await client.Query("start transaction read only");
        await client.Query("commit");
    });

    [Theory, OnBoth]
    public Task Who_asks_to_hear_of_every_variable_goes_on_working(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        Assert.Null((await client.Query("set session_track_system_variables = '*'")).Error);
        for (var round = 0; round < 3; round++)
        {
            await client.Query("set group_concat_max_len = 2000");
            await side.Disturb();
            Assert.Equal("2000", (await client.Query("select @@group_concat_max_len")).Scalar);
        }
        if (!side.IsDirect)
            Assert.Equal("[]", await Grounds.Of(on).Pins());
    }, comparesTranscripts: false);

    /// <summary>From the second client on it is answered from what it did for the first.</summary>
    [Theory, OnBoth]
    public Task Set_names_that_somebody_else_has_sent_before_does_and_tells_the_same(MySqlKind on) =>
        Compare(on, async side =>
    {
        const string look = "select @@character_set_client, @@character_set_connection, "
            + "@@character_set_results, @@collation_connection";
        for (var round = 0; round < 3; round++)
        {
            var client = await side.Open();
            foreach (var names in new[]
            {
                "set names utf8mb4", "SET NAMES latin1", "set names utf8mb4 collate utf8mb4_bin",
                "set names utf8mb4", "set names nonsense",
            })
            {
                await client.Query(names);
                await client.Query("show warnings");
                await client.Query(look);
                await side.Disturb();
                await client.Query(look);
            }
            // The same text means something else here.
            if (side.IsMariaDb)
                await client.Query("set session old_mode = ''");
            await client.Query("set names utf8");
            await client.Query(look);
            await client.Query("select 'ä' as ä, charset('ä')");
        }
    });
}
