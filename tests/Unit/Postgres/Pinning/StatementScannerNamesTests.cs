using System.Text;
using Sento.Postgres.Pinning;
using Xunit;
using static Sento.Postgres.Pinning.StatementEffects;

namespace Sento.Tests.Unit.Postgres.Pinning;

public sealed class StatementScannerNamesTests
{
    [Theory]
    [InlineData("PREPARE Foo AS SELECT 1", Prepare, "foo", "Foo")]
    [InlineData("PREPARE \"Foo \"\" x\" AS SELECT 1", Prepare, "Foo \" x", "\"Foo \"\" x\"")]
    [InlineData("PREPARE transaction AS SELECT 1", Prepare, "transaction", "transaction")]
    [InlineData("EXECUTE foo", Execute, "foo", "foo")]
    [InlineData("EXECUTE /* x */ foo (1, 'a')", Execute, "foo", "foo")]
    [InlineData("EXPLAIN EXECUTE foo", Execute, "foo", "foo")]
    [InlineData("EXPLAIN ANALYZE VERBOSE EXECUTE foo(1)", Execute, "foo", "foo")]
    [InlineData("EXPLAIN (ANALYZE, BUFFERS) EXECUTE foo", Execute, "foo", "foo")]
    [InlineData("CREATE TABLE t AS EXECUTE foo(1)", Execute, "foo", "foo")]
    [InlineData("CREATE TEMP TABLE t (a) ON COMMIT DROP AS EXECUTE foo", Execute | TempObject, "foo", "foo")]
    [InlineData("EXPLAIN CREATE TABLE t AS EXECUTE foo", Execute, "foo", "foo")]
    [InlineData("DEALLOCATE foo", Deallocate, "foo", "foo")]
    [InlineData("DEALLOCATE PREPARE foo", Deallocate, "foo", "foo")]
    [InlineData("DEALLOCATE prepare", Deallocate, "prepare", "prepare")]
    [InlineData("DEALLOCATE \"all\"", Deallocate, "all", "\"all\"")]
    [InlineData("DEALLOCATE pdo_stmt_00000001", Deallocate, "pdo_stmt_00000001", "pdo_stmt_00000001")]
    [InlineData("DEALLOCATE ALL", DeallocateAll, "", "ALL")]
    [InlineData("deallocate prepare all;", DeallocateAll, "", "all")]
    public void Prepared_names_are_found(string text, StatementEffects expected, string name, string written)
    {
        var traits = Scan(text);
        Assert.Equal(expected, traits.Effects);
        var use = Assert.Single(traits.PreparedNames);
        Assert.Equal(name, use.Name);
        Assert.Equal(written, Of(text, use.NameRange));
        Assert.Equal(text.TrimEnd(';'), Of(text, use.Statement));
    }

    [Theory]
    [InlineData("CREATE VIEW v AS SELECT a AS execute FROM t", ChangesCode)]
    [InlineData("SELECT a AS execute FROM t", None)]
    [InlineData(
        "CREATE TRIGGER x AFTER INSERT ON t REFERENCING NEW TABLE AS n EXECUTE FUNCTION f()",
        ChangesCode)]
    public void Other_uses_of_the_words_are_not_names(string text, StatementEffects expected)
    {
        Assert.Equal(expected, Scan(text).Effects);
        Assert.Empty(Scan(text).PreparedNames);
    }

    [Fact]
    public void A_prepare_tells_where_its_types_and_its_body_are()
    {
        const string text =
            "SELECT 1; /* a */ PREPARE p (int, numeric(10, 2)) AS\n SELECT $1, ';' -- x\n ; EXECUTE P";
        var traits = Scan(text);
        Assert.Equal(Prepare | Execute | Multiple, traits.Effects);
        var prepare = traits.PreparedNames[0];
        Assert.Equal("int, numeric(10, 2)", Of(text, prepare.Types));
        Assert.Equal("SELECT $1, ';'", Of(text, prepare.Body));
        Assert.Equal("PREPARE p (int, numeric(10, 2)) AS\n SELECT $1, ';'", Of(text, prepare.Statement));
        var execute = traits.PreparedNames[1];
        Assert.Equal(PreparedNameUseKind.Execute, execute.Kind);
        Assert.Equal("p", execute.Name);
        Assert.Equal("EXECUTE P", Of(text, execute.Statement));
        Assert.True(execute.Types.IsEmpty && execute.Body.IsEmpty);
    }

    [Fact]
    public void A_prepare_has_the_effects_of_its_body() =>
        Assert.Equal(Prepare | SequenceChange, Scan("PREPARE p AS SELECT nextval('s')").Effects);

    [Fact]
    public void Long_names_are_cut_between_characters()
    {
        var name = new string('a', 62) + "é";
        var use = Assert.Single(Scan($"EXECUTE {name}").PreparedNames);
        Assert.Equal(new string('a', 62), use.Name);
        Assert.Equal(new string('a', 63), Scan($"EXECUTE {new string('A', 100)}").PreparedNames[0].Name);
    }

    [Fact]
    public void Bytes_above_ascii_keep_apart_and_are_not_folded()
    {
        byte[] text =
            [.. "EXECUTE A"u8, 0xC9, (byte)'a', (byte)';', .. "EXECUTE A"u8, 0xE9, (byte)'a'];
        var names = StatementScanner.Scan(text, true).PreparedNames;
        Assert.Equal("a\u00C9a", names[0].Name);
        Assert.Equal("a\u00E9a", names[1].Name);
    }

    [Theory]
    [InlineData("EXECUTE ", 'A')]
    [InlineData("PREPARE ", '\\')]
    [InlineData("LISTEN ", 'Z')]
    [InlineData("DEALLOCATE ", '`')]
    public void A_name_that_may_be_folded_inside_a_letter_is_opaque(string before, char second)
    {
        byte[] text = [.. Encoding.ASCII.GetBytes(before), 0x83, (byte)second, .. " AS SELECT 1"u8];
        var traits = StatementScanner.Scan(text, true);
        Assert.True(traits.Has(StatementEffects.Opaque));
        Assert.Empty(traits.PreparedNames);
        Assert.Empty(traits.Channels);
    }

    [Theory]
    [InlineData("LISTEN Jobs", ChannelUseKind.Listen, "jobs", Listen)]
    [InlineData("LISTEN \"Jobs\"", ChannelUseKind.Listen, "Jobs", Listen)]
    [InlineData("UNLISTEN jobs", ChannelUseKind.Unlisten, "jobs", Unlisten)]
    [InlineData("UNLISTEN *", ChannelUseKind.UnlistenAll, "", Unlisten)]
    [InlineData("NOTIFY jobs, 'payload'", ChannelUseKind.Notify, "jobs", Notify)]
    [InlineData("SELECT pg_notify('Jobs', $1)", ChannelUseKind.Notify, "Jobs", Notify)]
    public void Channels_are_found(string text, ChannelUseKind kind, string channel, StatementEffects effects)
    {
        var traits = Scan(text);
        Assert.Equal(effects, traits.Effects);
        var use = Assert.Single(traits.Channels);
        Assert.Equal((kind, channel), (use.Kind, use.Channel));
        Assert.Equal(text, Of(text, use.Statement));
    }

    [Fact]
    public void A_computed_channel_is_not_listed() => Assert.Empty(Scan("SELECT pg_notify($1, $2)").Channels);

    private static string Of(string text, TextRange range) =>
        Encoding.UTF8.GetString(range.Of(Encoding.UTF8.GetBytes(text)));

    private static StatementTraits Scan(string text) =>
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), true);
}
