using System.Text;
using Sento.MySql.Pinning;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class StatementScannerTests
{
    [Theory]
    [InlineData("create function f() returns int return get_lock(found_rows(), 1)")]
    [InlineData("create trigger r before insert on t for each row set @a := 1")]
    [InlineData("create view v as select last_insert_id() as a from t")]
    public void What_is_defined_does_not_run(string text) => Assert.Equal(
        StatementEffects.ChangesSchema | StatementEffects.ChangesCode,
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), ScanMode.None).Effects);

    [Theory]
    [InlineData("create table t (view int) select get_lock('a', 0) as view")]
    [InlineData("create table event as select get_lock('a', 0)")]
    [InlineData("create temporary table t (view int) select get_lock('a', 0) as view")]
    [InlineData("create or replace table t (`function` int, event int) as select get_lock('a', 0) as event")]
    public void What_a_new_table_is_filled_with_does_run(string text) => Assert.True(
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), ScanMode.None).Has(StatementEffects.NamedLocks));

    [Theory]
    [InlineData("create function f() returns int return 1", true)]
    [InlineData("create or replace definer = a trigger r before insert on t for each row begin end", true)]
    [InlineData("drop view v", true)]
    [InlineData("rename table t to u", true)]
    [InlineData("alter table t rename to u", true)]
    [InlineData("/*!50003 create function f() returns int return 1 */", true)]
    [InlineData("create table t (a int)", false)]
    [InlineData("select rename from t", false)]
    public void Changes_of_code_are_seen(string text, bool isSeen) => Assert.Equal(isSeen,
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), ScanMode.None).Has(StatementEffects.ChangesCode));

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("select * from t where a = 'GET_LOCK @x /*! no */' -- LAST_INSERT_ID\n")]
    [InlineData("/* LOCK TABLES */ insert into t values (1, \"@a\")")]
    [InlineData("BEGIN")]
    [InlineData("start transaction")]
    [InlineData("SET GLOBAL max_connections = 5")]
    [InlineData("select * from t where a = @a and b = @`b c`")]
    [InlineData("insert into t values (@a)")]
    [InlineData("EXECUTE s USING @a")]
    [InlineData("FLUSH STATUS")]
    [InlineData("ROLLBACK TO SAVEPOINT a")]
    [InlineData("insert into t values (1); select row_count()", StatementEffects.Multiple)]
    [InlineData("create table t (a int) /*! ENGINE = innodb */ ", StatementEffects.ChangesSchema)]
    [InlineData("create table t (a int) /*!40101engine MyISAM*/;\n", StatementEffects.ChangesSchema)]
    [InlineData("create table t (a int) /*M!100100 ENGINE=Aria */", StatementEffects.ChangesSchema)]
    public void Most_texts_change_nothing(string text, StatementEffects but = StatementEffects.None) =>
        Assert.Equal(but, Scan(text).Effects);

    [Theory]
    [InlineData("SET @a = 1", StatementEffects.LiteralVariables)]
    [InlineData("SET @a = 1 + 1", StatementEffects.AskedVariables)]
    [InlineData("SET @a = 1, @b = @c := 2", StatementEffects.LiteralVariables
        | StatementEffects.AskedVariables | StatementEffects.UserVariables)]
    [InlineData("SET @a = 'x' 'y'", StatementEffects.AskedVariables)]
    [InlineData("SET @a = ?", StatementEffects.AskedVariables)]
    [InlineData("SET @a = 'it''s'", StatementEffects.AskedVariables)]
    [InlineData("SELECT 1, 2 INTO @x, @y", StatementEffects.AskedVariables)]
    [InlineData("SELECT 1 INTO @`a\\b`", StatementEffects.UserVariables)]
    [InlineData("LOAD DATA INFILE 'f' INTO TABLE t (@a, b)", StatementEffects.UserVariables)]
    [InlineData("GET DIAGNOSTICS @n = NUMBER", StatementEffects.UserVariables)]
    [InlineData("COMMIT AND NO CHAIN RELEASE", StatementEffects.EndsSession)]
    [InlineData("ROLLBACK", StatementEffects.EndsTransaction)]
    [InlineData("select last_insert_id(5)", StatementEffects.SetsInsertId)]
    [InlineData("SET CHARACTER SET latin1", StatementEffects.CharacterSet)]
    [InlineData("select release_all_locks()", StatementEffects.ReleasesAllLocks)]
    [InlineData("BACKUP STAGE END", StatementEffects.Unlock)]
    [InlineData("FLUSH TABLES t FOR EXPORT", StatementEffects.TableLocks)]
    [InlineData("PREPARE s FROM @text", StatementEffects.Opaque)]
    [InlineData("PREPARE s FROM 'select get_lock(1, 1)'", StatementEffects.NamedLocks)]
    [InlineData("EXECUTE IMMEDIATE 'select 1'", StatementEffects.Opaque)]
    [InlineData("select @a := 2", StatementEffects.UserVariables)]
    [InlineData("SELECT 1 INTO @x;", StatementEffects.AskedVariables)]
    [InlineData("select get_lock('a', 1)", StatementEffects.NamedLocks)]
    [InlineData("DO `GET_LOCK`('a', 1)", StatementEffects.NamedLocks)]
    [InlineData("CREATE TEMPORARY TABLE t (a int)", StatementEffects.TempTables)]
    [InlineData("CREATE OR REPLACE TEMPORARY TABLE t (a int)", StatementEffects.TempTables)]
    [InlineData("LOCK TABLES t READ", StatementEffects.TableLocks)]
    [InlineData("FLUSH TABLES WITH READ LOCK", StatementEffects.TableLocks)]
    [InlineData("HANDLER t OPEN", StatementEffects.Handlers)]
    [InlineData("PREPARE s FROM 'select 1'", StatementEffects.SqlPrepared)]
    [InlineData("XA START 'a'", StatementEffects.Xa)]
    [InlineData("SET ROLE admin", StatementEffects.Identity)]
    [InlineData("SET TRANSACTION READ ONLY", StatementEffects.OneShotTransaction)]
    [InlineData("SET @@transaction_isolation = 'SERIALIZABLE'", StatementEffects.OneShotTransaction)]
    [InlineData("select SQL_CALC_FOUND_ROWS * from t", StatementEffects.CalculatesFoundRows)]
    [InlineData("select last_insert_id()", StatementEffects.ReadsInsertId)]
    [InlineData("select @@identity", StatementEffects.ReadsInsertId)]
    [InlineData("select row_count()", StatementEffects.ReadsRowCount)]
    [InlineData("show warnings", StatementEffects.ReadsDiagnostics)]
    [InlineData("LOAD DATA LOCAL INFILE 'a' INTO TABLE t", StatementEffects.LocalFile)]
    [InlineData("KILL 5", StatementEffects.Kill)]
    [InlineData("CALL p()", StatementEffects.Opaque)]
    [InlineData("select /*!80000 @a := */ 1", StatementEffects.Opaque)]
    [InlineData("select /*M! 1 */", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINE = innodb", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINE = innodb, x = 1 */", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINES = innodb */", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINE = */", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINE = 'a' */", StatementEffects.Opaque)]
    [InlineData("create /*! ENGINE = innodb */ table t (a int)", StatementEffects.Opaque)]
    [InlineData("create table t (a int) /*! ENGINE = innodb */; call p()", StatementEffects.Opaque)]
    [InlineData("select 'no end", StatementEffects.Opaque)]
    [InlineData("BEGIN NOT ATOMIC SET @a = 1; END", StatementEffects.Opaque)]
    [InlineData("SET STATEMENT max_statement_time=1 FOR select 1", StatementEffects.Opaque)]
    [InlineData("select 1; SET @a = 1", StatementEffects.UserVariables | StatementEffects.Multiple)]
    public void An_effect_is_seen_wherever_it_stands(string text, StatementEffects effects) =>
        Assert.Equal(effects, Scan(text).Effects & effects);

    [Theory]
    [InlineData("SET sql_mode = 'ANSI', @@time_zone = 'UTC', SESSION wait_timeout = 5",
        "sql_mode,time_zone,wait_timeout")]
    [InlineData("SET @@session.sql_mode = CONCAT(@@sql_mode, ',ANSI')", "sql_mode")]
    [InlineData("SET autocommit=0", "autocommit")]
    [InlineData("set local Foreign_Key_Checks = 0;", "foreign_key_checks")]
    public void The_variables_that_are_set_are_named(string text, string names)
    {
        var traits = Scan(text);
        Assert.Equal(names, string.Join(',', traits.SettingNames));
        Assert.True(traits.Has(StatementEffects.Settings));
    }

    [Theory]
    [InlineData("set @a = 5, @B := 'x', @`c d` = -1.50, @e = null", "a=5,b='x,c d=-1.50,e=NULL")]
    [InlineData("set @a = true;", "a=TRUE")]
    public void A_literal_is_kept_as_it_is_brought_along(string text, string literals) => Assert.Equal(
        literals, string.Join(',', Scan(text).Literals.Select(literal => $"{literal.Key}={literal.Value}")));

    [Theory]
    [InlineData("CREATE TEMPORARY TABLE IF NOT EXISTS a.`b c` (d int)", "+TempTable a.b c")]
    [InlineData("drop table if exists x, y.z", "-TempTable .x -TempTable y.z")]
    [InlineData("PREPARE s FROM 'select 1'", "+SqlPrepared .s")]
    [InlineData("DROP PREPARE s", "-SqlPrepared .s")]
    [InlineData("handler t open as h", "+Handler .h")]
    [InlineData("handler h close", "-Handler .h")]
    public void What_is_held_by_name_is_named(string text, string held) => Assert.Equal(held, string.Join(' ',
        Scan(text).Held.Select(o => $"{(o.IsTaken ? '+' : '-')}{o.Kind} {o.Schema}.{o.Name}")));

    [Fact]
    public void Quotes_and_backslashes_are_read_as_the_server_reads_them()
    {
        Assert.True(Scan("select 'a\\' , @a := 1, '").Effects == StatementEffects.None);
        Assert.True(Scan("select 'a\\' , @a := 1", ScanMode.NoBackslashEscapes).Has(
            StatementEffects.UserVariables));
        Assert.True(Scan("select \"GET_LOCK\"").Effects == StatementEffects.None);
        Assert.True(Scan("select \"GET_LOCK\"(1, 2)", ScanMode.AnsiQuotes).Has(StatementEffects.NamedLocks));
    }

    [Fact]
    public void In_a_charset_whose_bytes_look_like_quotes_nothing_is_guessed()
    {
        byte[] text = [.. "select '"u8, 0xbf, (byte)'\'', .. " , @a := 1, '"u8];
        Assert.Same(StatementTraits.Opaque, StatementScanner.Scan(text, ScanMode.AmbiguousBytes));
    }

    [Fact]
    public void Any_bytes_are_read_to_their_end()
    {
        var seed = Environment.TickCount;
        var dice = new Random(seed);
        var pieces = new[] { "SET ", "@", "@@", "'", "\"", "`", "/*", "*/", "/*!", "--", "#", "\\", ";", "(",
            ",", "BEGIN", "\n" };
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, dice.Next(1, 12)).Select(_ =>
                pieces[dice.Next(pieces.Length)]));
            var traits = StatementScanner.Scan(Encoding.Latin1.GetBytes(text), (ScanMode)dice.Next(8));
            Assert.True(traits is not null, $"seed {seed}: {text}");
        }
    }

    [Theory]
    [InlineData("call p()", true)]
    [InlineData("/*! call p() */", true)]
    [InlineData("execute immediate @a", true)]
    [InlineData("begin not atomic call p(); end", true)]
    [InlineData("if 1 then call p(); end if", true)]
    [InlineData("nonsense", false)]
    [InlineData("selec 1", false)]
    [InlineData("set @a = 1 +", false)]
    public void Only_what_runs_code_may_fail_to_be_read_after_it_has_run(string text, bool runs) =>
        Assert.Equal(runs, Scan(text).Has(StatementEffects.RunsCode));

    [Theory]
    [InlineData("SET TRANSACTION READ ONLY", null, "READ ONLY")]
    [InlineData("set /* all */ transaction isolation level repeatable read ;", "REPEATABLE READ", null)]
    [InlineData(
        "set transaction read write, isolation level read uncommitted", "READ UNCOMMITTED", "READ WRITE")]
    public void What_the_next_transaction_is_to_be_like_is_read(
        string text, string? isolation, string? access)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(SetTransaction.TryRead(bytes, ScanMode.None, out var level, out var mode));
        Assert.Equal((isolation, access), (level, mode));
    }

    [Theory]
    [InlineData("set transaction")]
    [InlineData("set transaction read")]
    [InlineData("set transaction read only, read only")]
    [InlineData("set transaction read only,")]
    [InlineData("set transaction isolation level snapshot")]
    [InlineData("set transaction isolation level repeatable")]
    [InlineData("set transaction read only; select 1")]
    [InlineData("set session transaction read only")]
    [InlineData("set transaction read only /*! , isolation level serializable */")]
    public void Anything_else_goes_to_the_server(string text) =>
        Assert.False(SetTransaction.TryRead(Encoding.UTF8.GetBytes(text), ScanMode.None, out _, out _));

    private static StatementTraits Scan(string text, ScanMode mode = ScanMode.None) =>
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), mode);

    [Theory]
    [InlineData("set @a = concat(lower('x'), 1)", false)]
    [InlineData("set sql_mode = (select replace(@@sql_mode, 'x', '') from dual where 1 in (1, 2))", false)]
    [InlineData("select count(*), cast(max(a) as decimal(5, 2)) into @a, @b from t where (a > 1)", false)]
    [InlineData("set @a = hides()", true)]
    [InlineData("set @a = app.concat(1)", true)]
    [InlineData("set @a = `concat`(1)", true)]
    [InlineData("set @a = concat (1)", true)]
    [InlineData("set time_zone = '+01:00'; select hides ( )", true)]
    [InlineData("select hides() into @a", true)]
    [InlineData("select hides()", false)]
    public void A_call_of_a_function_that_may_be_stored_is_told_where_the_text_changes_state(
        string text, bool calls) => Assert.Equal(calls, StatementScanner.Scan(
            Encoding.UTF8.GetBytes(text), ScanMode.None).Has(StatementEffects.CallsFunctions));

    [Theory]
    [InlineData("select 1", DiagnosticsFate.Tableless)]
    [InlineData("select 'from', version() from dual", DiagnosticsFate.Tableless)]
    [InlineData("set @a = (select max(a) from t)", DiagnosticsFate.Replaced)]
    [InlineData("insert into t values (1)", DiagnosticsFate.Replaced)]
    [InlineData("create procedure p() select 1", DiagnosticsFate.Tableless)]
    [InlineData("drop table if exists t", DiagnosticsFate.Replaced)]
    [InlineData("create temporary table if not exists t (a int)", DiagnosticsFate.Replaced)]
    [InlineData("drop temporary table t", DiagnosticsFate.Replaced)]
    [InlineData("create or replace view v as select 1", DiagnosticsFate.Replaced)]
    [InlineData("commit", DiagnosticsFate.Tableless)]
    [InlineData("show warnings", DiagnosticsFate.Shown)]
    [InlineData("call p()", DiagnosticsFate.Replaced)]
    [InlineData("show tables", DiagnosticsFate.Replaced)]
    [InlineData("select @@warning_count", DiagnosticsFate.Tableless)]
    public void What_becomes_of_warnings_before_it_is_told(string text, DiagnosticsFate fate) =>
        Assert.Equal(fate, StatementScanner.Scan(Encoding.UTF8.GetBytes(text), ScanMode.None).Fate);
}
