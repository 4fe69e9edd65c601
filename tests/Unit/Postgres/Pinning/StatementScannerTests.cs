using System.Text;
using Sento.Postgres.Pinning;
using Xunit;
using static Sento.Postgres.Pinning.StatementEffects;

namespace Sento.Tests.Unit.Postgres.Pinning;

public sealed class StatementScannerTests
{
    [Theory]
    [InlineData("SELECT 1", None)]
    [InlineData("SELECT 1;", None)]
    [InlineData("SELECT 1 ; ; \n", None)]
    [InlineData("  \n\tselect * from t where a = 'x;y'", None)]
    [InlineData("SELECT 'set_config(''a'',''b'',false)'", None)]
    [InlineData("SELECT /* nextval('s') */ 1 -- setval('s', 1)", None)]
    [InlineData("SELECT $$pg_advisory_lock(1)$$, $q$ $$ setseed(1) $q$", None)]
    [InlineData("SELECT E'it\\'s set_config(1,2,3)'", None)]
    [InlineData("SELECT nextval FROM t", None)]
    [InlineData("SELECT setval, t.currval FROM t WHERE lastval = 1", None)]
    [InlineData("SELECT \"SET_CONFIG\"('a', 'b', false)", None)]
    [InlineData("UPDATE t SET search_path = 'x', role = 'y' WHERE id = 1", None)]
    [InlineData("INSERT INTO temp (a) VALUES (1)", None)]
    [InlineData("SELECT temp, template FROM temp WHERE temporary", None)]
    [InlineData("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1", None)]
    [InlineData("SELECT * FROM t FOR UPDATE", None)]
    [InlineData("(SELECT 1) UNION (SELECT 2)", None)]
    [InlineData("VALUES (1), (2)", None)]
    [InlineData("TABLE t", None)]
    [InlineData("MERGE INTO temp USING s ON true WHEN MATCHED THEN DELETE", None)]
    [InlineData("SHOW search_path", None)]
    [InlineData("EXPLAIN ANALYZE SELECT 1", None)]
    [InlineData("EXPLAIN (SELECT 1)", None)]
    [InlineData("EXPLAIN (ANALYZE, FORMAT json) (SELECT 1)", None)]
    [InlineData("FETCH ALL FROM c", None)]
    [InlineData("SELECT name, setting FROM pg_settings", None)]
    [InlineData("ALTER SYSTEM SET work_mem = DEFAULT", None)]
    [InlineData("ALTER ROLE bob SET search_path = a", None)]
    [InlineData("CREATE TABLE t (set int, reset text)", None)]
    [InlineData("CREATE TABLE temp (a int)", None)]
    [InlineData("VACUUM ANALYZE t", None)]
    [InlineData("GRANT SELECT ON t TO bob", None)]
    [InlineData("COMMIT PREPARED 'x'", None)]
    [InlineData("ROLLBACK PREPARED 'x'", None)]
    [InlineData("SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock_shared(2)", None)]
    [InlineData("SELECT u & 'nextval(1)'", None)]
    [InlineData("SELECT a$b$c, 1 AS d$b$ FROM t", None)]
    public void Quiet_statements_share_one_answer(string text, StatementEffects expected)
    {
        Assert.Equal(None, expected);
        Assert.Same(StatementTraits.Quiet, Scan(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n\f\v")]
    [InlineData("-- ping")]
    [InlineData("/* a /* b */ c */ ;; -- d")]
    public void Texts_without_a_statement_share_one_answer(string text) =>
        Assert.Same(StatementTraits.Empty, Scan(text));

    [Theory]
    [InlineData("BEGIN", TransactionStart)]
    [InlineData("begin isolation level serializable, read only", TransactionStart)]
    [InlineData("START TRANSACTION", TransactionStart)]
    [InlineData("bEgIn;", TransactionStart)]
    [InlineData("BEGIN ;", TransactionStart)]
    [InlineData("COMMIT", TransactionEnd)]
    [InlineData("commit;", TransactionEnd)]
    [InlineData("Rollback;", TransactionEnd)]
    [InlineData("commit work", TransactionEnd)]
    [InlineData("END", TransactionEnd)]
    [InlineData("ABORT", TransactionEnd)]
    [InlineData("ROLLBACK", TransactionEnd)]
    [InlineData("ROLLBACK TRANSACTION AND NO CHAIN", TransactionEnd)]
    [InlineData("COMMIT AND CHAIN", TransactionEnd | TransactionStart)]
    [InlineData("ROLLBACK WORK AND CHAIN", TransactionEnd | TransactionStart)]
    [InlineData("PREPARE TRANSACTION 'x'", TransactionEnd)]
    [InlineData("ROLLBACK TO a", Savepoint)]
    [InlineData("ROLLBACK TRANSACTION TO SAVEPOINT a", Savepoint)]
    [InlineData("SAVEPOINT a", Savepoint)]
    [InlineData("RELEASE SAVEPOINT a", Savepoint)]
    public void Transactions_are_recognised(string text, StatementEffects expected) => Has(text, expected);

    [Theory]
    [InlineData("DISCARD ALL", DiscardAll)]
    [InlineData("/* x */ discard /* y */ All;", DiscardAll)]
    [InlineData("DISCARD TEMP", DiscardTemp)]
    [InlineData("DISCARD TEMPORARY", DiscardTemp)]
    [InlineData("DISCARD PLANS", DiscardPlans)]
    [InlineData("DISCARD SEQUENCES", DiscardSequences)]
    [InlineData("LOAD 'auto_explain'", Load)]
    [InlineData("COPY t FROM STDIN", StatementEffects.Copy)]
    [InlineData("COPY (SELECT nextval('s')) TO STDOUT", StatementEffects.Copy | SequenceChange)]
    [InlineData("DROP TABLE t", TempMayEnd)]
    [InlineData("CLOSE c", CursorMayEnd)]
    [InlineData("CLOSE ALL", CursorMayEnd)]
    [InlineData("DECLARE c CURSOR FOR SELECT 1", DeclareCursor)]
    [InlineData("DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1", DeclareCursor)]
    [InlineData("DECLARE c CURSOR FOR WITH hold AS (SELECT 1) SELECT * FROM hold", DeclareCursor)]
    [InlineData(
        "DECLARE \"c 1\" BINARY NO SCROLL CURSOR WITH /* */ HOLD FOR SELECT 1",
        DeclareCursor | HoldCursor)]
    [InlineData("DO $$ BEGIN PERFORM 1; END $$", Opaque | ChangesCode)]
    [InlineData("CALL p(1)", Opaque)]
    public void State_of_the_session_is_recognised(string text, StatementEffects expected) =>
        Has(text, expected);

    [Theory]
    [InlineData("SELECT pg_advisory_lock(1)", AdvisoryLock)]
    [InlineData("SELECT PG_TRY_ADVISORY_LOCK_SHARED (1, 2)", AdvisoryLock)]
    [InlineData("SELECT pg_catalog.pg_advisory_unlock(1)", AdvisoryUnlock)]
    [InlineData("SELECT \"pg_catalog\".\"pg_advisory_unlock_all\" /* x */ ()", AdvisoryUnlock)]
    [InlineData("SELECT 1 FROM t WHERE pg_try_advisory_lock(id) LIMIT 1", AdvisoryLock)]
    [InlineData("SELECT nextval('s')", SequenceChange)]
    [InlineData("WITH a AS (INSERT INTO t VALUES (1) RETURNING id) SELECT * FROM a", SequenceChange)]
    [InlineData("with a as (Merge into t using u on true when matched then delete) table a", SequenceChange)]
    [InlineData("EXPLAIN (ANALYZE, COSTS OFF) INSERT INTO t VALUES (1)", SequenceChange)]
    [InlineData("INSERT INTO t VALUES (NextVal('s'))", SequenceChange)]
    [InlineData("SELECT setval('s', 1)", SequenceChange)]
    [InlineData("SELECT currval('s')", SequenceRead)]
    [InlineData("SELECT lastval()", SequenceRead)]
    [InlineData("SELECT ('s'::regclass).nextval", SequenceChange)]
    [InlineData("SELECT $1 . \"pg_advisory_lock\"", AdvisoryLock)]
    [InlineData("SELECT ids[1].pg_advisory_unlock FROM t", AdvisoryUnlock)]
    [InlineData("SELECT setseed(0.5)", SetSeed)]
    [InlineData("SET seed = 0.5", SetSeed | Settings)]
    [InlineData("SET LOCAL seed = 0.5", SetSeed | LocalSettings)]
    [InlineData("SELECT pg_create_logical_replication_slot('s', 'p', true)", TempSlot)]
    [InlineData("SELECT pg_create_physical_replication_slot('s', true, true)", TempSlot)]
    [InlineData("SELECT pg_replication_origin_session_setup('o')", TempSlot)]
    [InlineData("SELECT pg_backup_start('x')", TempSlot)]
    [InlineData("SELECT pg_notify('c', 'x')", Notify)]
    [InlineData("SELECT pg_copy_physical_replication_slot('s', 't', true)", TempSlot)]
    [InlineData("SELECT pg_copy_logical_replication_slot('s', 't', true)", TempSlot)]
    [InlineData("SELECT pg_replication_origin_session_reset()", TempSlot)]
    [InlineData("SELECT pg_start_backup('x')", TempSlot)]
    [InlineData("SELECT pg_advisory_lock_shared(1)", AdvisoryLock)]
    [InlineData("SELECT pg_try_advisory_lock(1)", AdvisoryLock)]
    [InlineData("SELECT pg_advisory_unlock_shared(1)", AdvisoryUnlock)]
    [InlineData("SELECT query_to_xmlschema('select 1', true, true, '')", Opaque)]
    [InlineData("SELECT ts_rewrite('a'::tsquery, 'select b, c from t')", Opaque)]
    [InlineData("SELECT * FROM connectby('t', 'a', 'b', '1', 0)", Opaque)]
    [InlineData("SELECT * FROM xpath_table('a', 'b', 'c', 'd', 'true')", Opaque)]
    [InlineData("SELECT * FROM crosstab('select 1')", Opaque)]
    [InlineData("SELECT dblink_connect_u('c', 'host=x')", Opaque)]
    [InlineData("SELECT dblink_connect('c', 'host=x')", Opaque)]
    [InlineData("SELECT query_to_xml('select 1', true, true, '')", Opaque)]
    [InlineData("SELECT query_to_xml_and_xmlschema('select 1', true, true, '')", Opaque)]
    [InlineData("SELECT * FROM ts_stat('select 1')", Opaque)]
    [InlineData("SELECT * FROM crosstab3('select 1')", Opaque)]
    [InlineData("SELECT U&\"\\006eextval\"('s')", Opaque)]
    [InlineData("SELECT u&\"x\" FROM t", Opaque)]
    [InlineData("SELECT E'a\\'', nextval('s') -- '", SequenceChange)]
    [InlineData("SELECT --x\rnextval('s')", SequenceChange)]
    [InlineData("SELECT a+--x\nnextval('s')", SequenceChange)]
    [InlineData("SELECT E'a' --\n 'b\\'c', nextval('s') --'", SequenceChange)]
    [InlineData("SELECT '''', \"\"\"\", nextval('s')", SequenceChange)]
    [InlineData("SELECT $1$$,$$, nextval('s')", SequenceChange)]
    [InlineData("SELECT $é$ $ $e$ $é $é$, nextval('s')", SequenceChange)]
    [InlineData("SELECT a$$, nextval('s')", SequenceChange)]
    [InlineData("SELECT 1nextval('s')", SequenceChange)]
    [InlineData("SELECT b'\\', nextval('s') --'", SequenceChange)]
    [InlineData("SELECT n'\\', nextval('s') --'", SequenceChange)]
    [InlineData("SELECT U&'\\', nextval('s') --'", SequenceChange)]
    public void Calls_count_wherever_they_stand(string text, StatementEffects expected) =>
        Has(text, expected);

    [Theory]
    [InlineData("CREATE TEMP TABLE t (a int)", TempObject)]
    [InlineData("create local temporary table if not exists t (a int)", TempObject)]
    [InlineData("CREATE GLOBAL /**/ TEMP SEQUENCE s", TempObject)]
    [InlineData("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", TempObject | ChangesCode)]
    [InlineData("CREATE TEMP RECURSIVE VIEW v (n) AS SELECT 1", TempObject | ChangesCode)]
    [InlineData("CREATE TEMP TABLE t AS SELECT 1", TempObject)]
    [InlineData("CREATE TABLE pg_temp.t (a int)", TempObject)]
    [InlineData(
        "CREATE FUNCTION \"pg_temp\".f() RETURNS int LANGUAGE sql RETURN 1",
        TempObject | ChangesCode)]
    [InlineData("ALTER TYPE pg_temp_3.e ADD VALUE 'x'", TempObject)]
    [InlineData("SELECT 1 INTO TEMP t", TempObject)]
    [InlineData("SELECT 1 INTO LOCAL TEMPORARY TABLE t", TempObject)]
    [InlineData("SELECT * INTO pg_temp.t FROM s", TempObject)]
    [InlineData("WITH a AS (SELECT 1) SELECT * INTO TEMP t FROM a", TempObject)]
    [InlineData("EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1", TempObject)]
    [InlineData("CREATE SCHEMA s CREATE TEMP TABLE t (a int)", TempObject)]
    [InlineData("SET search_path = 'a', 'PG_TEMP'", TempObject | Settings)]
    [InlineData("SELECT set_config('search_path', 'pg_temp, a', false)", TempObject | Settings)]
    [InlineData("SET LOCAL temp.x = 1", LocalSettings)]
    public void Temporary_objects_are_recognised(string text, StatementEffects expected) =>
        Has(text, expected);

    [Theory]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1; select 2'", ChangesCode)]
    [InlineData("CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS $$ SET a = 1; $$", ChangesCode)]
    [InlineData("ALTER FUNCTION f() SET search_path = a", ChangesCode)]
    [InlineData(
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()",
        ChangesCode)]
    [InlineData("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()", ChangesCode)]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)", ChangesCode)]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT 1", ChangesCode)]
    [InlineData("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"", ChangesCode | Opaque)]
    [InlineData("CREATE POLICY p ON t USING (true)", ChangesCode)]
    [InlineData("ALTER TABLE t ENABLE TRIGGER x", ChangesCode)]
    [InlineData("CREATE TABLE t (a int DEFAULT nextval('s'))", ChangesCode | SequenceChange)]
    [InlineData(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        ChangesCode | Opaque)]
    [InlineData(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; SET a = 1",
        ChangesCode | Opaque | Settings | Multiple)]
    public void Statements_that_bring_code_are_recognised(string text, StatementEffects expected) =>
        Has(text, expected);

    [Theory]
    [InlineData("SELECT 1; SELECT 2", Multiple)]
    [InlineData("BEGIN; SELECT 1; COMMIT", TransactionStart | TransactionEnd | Multiple)]
    [InlineData("SELECT ';'; SET a = 1", Settings | Multiple)]
    [InlineData("SELECT 1 /* ; */; -- ;\n RESET ALL ;", ResetsAllSettings | Multiple)]
    [InlineData("SELECT 1;x", Multiple | Opaque)]
    [InlineData("BEGIN;;x", TransactionStart | Multiple | Opaque)]
    [InlineData("SELECT (1; SET a = 1)", Opaque)]
    public void Several_statements_add_up(string text, StatementEffects expected) => Has(text, expected);

    [Theory]
    [InlineData("SET a = 'x")]
    [InlineData("COPY \"x")]
    [InlineData("BEGIN /* x /* */")]
    [InlineData("BEGIN $a$ x $b$")]
    [InlineData("COMMIT E'x\\'")]
    [InlineData("SELCT 1")]
    [InlineData("1")]
    [InlineData("((")]
    [InlineData("USE db")]
    [InlineData("SET")]
    [InlineData("SET x")]
    [InlineData("SET CLUSTER SETTING x = 1")]
    [InlineData("PREPARE x SELECT 1")]
    [InlineData("PREPARE x AS")]
    [InlineData("EXECUTE")]
    [InlineData("LISTEN")]
    public void What_is_not_understood_is_opaque(string text) => Assert.True(Scan(text).Has(Opaque));

    [Fact]
    public void Backslashes_escape_only_where_the_session_says_so()
    {
        const string text = "SELECT '\\', nextval('s') --'";
        Assert.Equal(SequenceChange, Scan(text).Effects);
        Assert.Equal(None, Scan(text, standardConformingStrings: false).Effects);
        Assert.Equal(
            SequenceChange,
            Scan("SELECT '\\'', nextval('s')", standardConformingStrings: false).Effects);
        Assert.Equal(
            SequenceChange,
            Scan("SELECT 'a'\n'\\'', nextval('s')", standardConformingStrings: false).Effects);
    }

    [Fact]
    public void A_backslash_that_may_be_half_a_character_makes_the_text_opaque()
    {
        // In SJIS 0x95 0x5C is one character, so the string ends at the quote after it.
        byte[] text = [.. "SELECT E'"u8, 0x95, 0x5C, .. "', nextval('s') --'"u8];
        Assert.True(StatementScanner.Scan(text, true).Has(Opaque));
    }

    [Fact]
    public void A_zero_byte_is_a_byte_like_others() =>
        Assert.Equal(SequenceChange, Scan("SELECT '\0', nextval('s')").Effects);

    [Fact]
    public void Statements_are_counted_without_empty_ones() =>
        Assert.Equal(3, Scan(";; SELECT 1;; SELECT 2; /* ; */ ; SELECT 3 ;").StatementCount);

    [Fact]
    public void An_update_of_the_settings_view_sets_a_setting() =>
        Has("UPDATE pg_settings SET setting = 'x' WHERE name = 'y'", SettingsUnknown);

    private static void Has(string text, StatementEffects expected) =>
        Assert.Equal(expected, Scan(text).Effects);

    private static StatementTraits Scan(string text, bool standardConformingStrings = true) =>
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), standardConformingStrings);
}
