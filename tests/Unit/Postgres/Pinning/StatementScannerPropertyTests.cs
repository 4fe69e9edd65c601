using System.Diagnostics;
using System.Text;
using CsCheck;
using Sento.Postgres.Pinning;
using Sento.Tests.Support;
using Xunit;
using static Sento.Postgres.Pinning.StatementEffects;

namespace Sento.Tests.Unit.Postgres.Pinning;

public sealed class StatementScannerPropertyTests
{
    /// <summary>
    /// Statements whose pieces are recombined; # is a place where blanks and comments may stand.
    /// </summary>
    private static readonly string[] Statements =
    [
        "#SELECT#*#FROM#t#WHERE#a#=#1#",
        "#SELECT#set_config#(#'app.x'#,#'1'#,#false#)#",
        "#SELECT#nextval#(#'s'#)#",
        "#SELECT#1#INTO#TEMP#t#",
        "#UPDATE#t#SET#a#=#'x'#WHERE#b#=#$1#",
        "#INSERT#INTO#temp#VALUES#(#1#,#'x'#)#",
        "#SET#search_path#TO#a#,#b#",
        "#SET#SESSION#AUTHORIZATION#DEFAULT#",
        "#SET#LOCAL#x#=#1#",
        "#SET#TIME#ZONE#LOCAL#",
        "#RESET#ALL#",
        "#BEGIN#",
        "#ROLLBACK#TO#SAVEPOINT#a#",
        "#COMMIT#AND#CHAIN#",
        "#PREPARE#p#(#int#)#AS#SELECT#lastval#(#)#",
        "#EXECUTE#p#(#1#)#",
        "#DEALLOCATE#ALL#",
        "#EXPLAIN#(#ANALYZE#)#EXECUTE#p#",
        "#CREATE#TEMP#TABLE#t#AS#EXECUTE#p#",
        "#CREATE#RULE#r#AS#ON#INSERT#TO#t#DO#(#DELETE#FROM#a#;#DELETE#FROM#b#)#",
        "#DECLARE#c#CURSOR#WITH#HOLD#FOR#SELECT#1#",
        "#LISTEN#c#",
        "#SELECT#pg_notify#(#'c'#,#$1#)#",
        "#SELECT#\"pg_advisory_lock\"#(#1#)#",
        "#DISCARD#TEMP#",
        "#DO#$$ begin; set x = 1; end $$#",
        "#VACUUM#t#",
    ];

    private static readonly string[] Gaps =
    [
        " ", "\n", "\t \r\n", "/**/", " /* set x = 1; /* nextval('s') */ */ ", "-- ; reset all\n", "--'\r",
        "/*'*/", "/*\"*/ ",
    ];

    private static readonly string[] Literals =
    [
        "'set x = 1; reset all'", "'it''s nextval(''s'')'", "E'a\\'; begin; set_config(1) \\\\'",
        "$$; set x = 1;$$", "$q$ $$ pg_advisory_lock(1) $q$", "'/* '", "' -- '", "N'listen c'", "B'01'",
        "'$$'", "'\"'", "\"set x; 'y\"", "U&'; begin'", "'a'\n'; set x = 1'", "E'a' -- x\n 'b\\'; reset all'",
    ];

    private const int Rounds = 3_000;

    private static readonly byte[] OddBytes = Bytes("\n'\0\u00ff\"$;\\/*U&e(-");

    private static readonly Gen<string> Statement = OneOf(Statements);
    private static readonly Gen<string> Gap = OneOf(Gaps);

    private static readonly Gen<byte[]> Plain = Statement.Select(text => Bytes(text.Replace("#", " ")));

    private static readonly Gen<byte[]> Mutated =
        Gen.Select(Plain, Plain, Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, OddBytes.Length])
            .Select((one, other, at, length, odd) =>
            {
                at = Math.Min(at, one.Length);
                return (byte[])[.. one[..at], .. OddBytes[odd..], .. other[Math.Min(length, other.Length)..]];
            });

    [Fact]
    public void Any_bytes_are_scanned() =>
        Gen.Byte.Array[0, 300].Sample(text => Scan(text).StatementCount >= 0, iter: Rounds);

    [Fact]
    public void Mutations_of_statements_are_scanned_and_their_ranges_lie_in_the_text() =>
        Mutated.Sample(text =>
        {
            foreach (var conforming in (bool[])[true, false])
            {
                var traits = StatementScanner.Scan(text, conforming);
                foreach (var use in traits.PreparedNames)
                {
                    Assert.True(Contains(use.Statement, use.NameRange, text.Length));
                    Assert.True(use.Types.IsEmpty || Contains(use.Statement, use.Types, text.Length));
                    Assert.True(use.Body.IsEmpty || Contains(use.Statement, use.Body, text.Length));
                }
                foreach (var use in traits.Channels)
                    Assert.True(Contains(use.Statement, use.NameRange, text.Length));
                StatementFingerprint.Of(text);
            }
        }, iter: Rounds);

    [Fact]
    public void Blanks_and_comments_change_nothing() =>
        Gen.Select(Statement, Gap.Array[64]).Sample((pattern, gaps) =>
        {
            var index = 0;
            var padded = new StringBuilder();
            foreach (var letter in pattern)
                padded.Append(letter == '#' ? gaps[index++ % gaps.Length] : letter.ToString());
            AssertSame(Scan(pattern.Replace("#", " ")), Scan(padded.ToString()));
        }, iter: Rounds);

    [Fact]
    public void Case_changes_nothing() =>
        Gen.Select(Statement, Gen.Bool.Array[200]).Sample((pattern, upper) =>
        {
            var text = pattern.Replace("#", " ");
            var mixed = string.Concat(text.Select((letter, index) =>
                text.Contains('"') || !upper[index] ? letter : char.ToUpperInvariant(letter)));
            Assert.Equal(Scan(text).Effects, Scan(mixed).Effects);
        }, iter: Rounds);

    [Fact]
    public void What_stands_in_literals_changes_nothing() =>
        Gen.Select(OneOf(Literals).Array[1, 6], Gen.Int[0, 2]).Sample((literals, kind) =>
        {
            var text = kind switch
            {
                0 => $"SELECT {string.Join(',', literals)} FROM t",
                1 => $"INSERT INTO t VALUES ({string.Join(", ", literals)})",
                _ => $"DELETE FROM t WHERE a IN ({string.Join(" , ", literals)}) AND b = 1",
            };
            Assert.Same(StatementTraits.Quiet, Scan(text));
            Assert.Equal(Multiple | TransactionEnd, Scan($"{text}; COMMIT").Effects);
            var comment = string.Concat(literals).Replace("*", "");
            Assert.Equal(TransactionEnd, Scan($"/* {comment} */ COMMIT").Effects);
        }, iter: Rounds);

    [Fact]
    public void Two_statements_have_the_effects_of_both() =>
        Gen.Select(Mutated, Mutated).Sample((one, other) =>
        {
            var first = Scan(one);
            var second = Scan(other);

            // An open quote swallows what follows. One in a SELECT is known only where it is read to its end.
            if (Scan([.. one, .. "\n;COMMIT"u8]).Has(Opaque))
                return;
            var both = Scan([.. one, (byte)'\n', (byte)';', .. other]);
            Assert.Equal(first.Effects & ~Multiple, first.Effects & both.Effects & ~Multiple);
            Assert.Equal(second.Effects & ~Multiple, second.Effects & both.Effects & ~Multiple);
            Assert.Equal(first.StatementCount + second.StatementCount, both.StatementCount);
            Assert.Equal(first.SettingNames.Concat(second.SettingNames), both.SettingNames);
        }, iter: Rounds);

    [Fact]
    public void A_text_judged_at_a_glance_is_judged_the_same_when_read() =>
        Mutated.Sample(text =>
        {
            // A semicolon keeps the text from the quick proof; an open quote shows only when it is read.
            var read = Scan([(byte)';', .. text]);
            var traits = Scan(text);
            Assert.Equal(read.Effects & ~Opaque, traits.Effects & ~Opaque);
        }, iter: Rounds);

    [Fact]
    public void Where_a_word_stands_does_not_matter() =>
        Gen.Select(Gen.Int[0, 70], Gen.Int[0, 70]).Sample((before, after) =>
        {
            var pad = new string('x', before);
            var end = new string('y', after);
            Assert.Equal(SequenceChange, Scan($"SELECT {pad} nextval('s') {end}").Effects);
            Assert.Equal(TempObject, Scan($"SELECT {pad}, 1 INTO TEMP {end}").Effects);
            Assert.Equal(Opaque, Scan($"SELECT {pad}, U&\"\\0061\" {end}").Effects);
            Assert.Equal(Multiple | Opaque, Scan($"SELECT {pad};{end}z").Effects);
            Assert.Same(StatementTraits.Quiet, Scan($"SELECT {pad} {end};"));
        }, iter: Rounds);

    [Fact]
    public void Quiet_texts_cost_no_memory()
    {
        byte[][] texts =
        [
            Bytes("SELECT abalance FROM pgbench_accounts WHERE aid = 1;"),
            Bytes("SELECT template_id, attempts FROM temperature WHERE is_staff AND note = 'set_config'"),
            Bytes("SELECT 'a;b', $$ nextval('s') $$, \"x\" /* temp */ FROM t -- ; "),
            Bytes("BEGIN"),
            Bytes("COMMIT"),
            Bytes("SELECT nextval('s')"),
        ];
        foreach (var text in texts)
            Scan(text);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var round = 0; round < 1_000_000; round++)
                StatementScanner.Scan(texts[round % texts.Length], true);
        }));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("/*")]
    [InlineData("/*/")]
    [InlineData("$a")]
    [InlineData("$a$ ")]
    [InlineData("$$$")]
    [InlineData("E'\\'' -- \n")]
    [InlineData("E''\n")]
    [InlineData("\"\"")]
    [InlineData(";")]
    [InlineData("select 1;")]
    [InlineData("set_config(")]
    [InlineData("set_config('a',")]
    [InlineData("EXPLAIN ")]
    [InlineData("SET a = 1;")]
    [InlineData("PREPARE a AS ")]
    [InlineData("PREPARE a(")]
    [InlineData("CREATE AS ")]
    [InlineData("DECLARE WITH ")]
    [InlineData("dvi ")]
    [InlineData("a.")]
    [InlineData("SET a.a.")]
    public void Repetition_costs_linear_time(string piece)
    {
        var text = Bytes("SELECT " + string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)));
        var watch = Stopwatch.StartNew();
        Scan(text);
        Scan(text.AsSpan(7));
        StatementFingerprint.Of(text);

        // Some 10 ms in truth, more on a busy machine; anything quadratic would take minutes.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
    }

    private static Gen<T> OneOf<T>(T[] items) => Gen.Int[0, items.Length - 1].Select(index => items[index]);

    private static bool Contains(TextRange statement, TextRange part, int length) =>
        part.Start >= statement.Start && part.End <= statement.End && part.Length >= 0
        && statement.End <= length;

    private static void AssertSame(StatementTraits expected, StatementTraits actual)
    {
        Assert.Equal(expected.Effects, actual.Effects);
        Assert.Equal(expected.StatementCount, actual.StatementCount);
        Assert.Equal(expected.SettingNames, actual.SettingNames);
        Assert.Equal(expected.PreparedNames.Select(use => (use.Kind, use.Name)),
            actual.PreparedNames.Select(use => (use.Kind, use.Name)));
        Assert.Equal(expected.Channels.Select(use => (use.Kind, use.Channel)),
            actual.Channels.Select(use => (use.Kind, use.Channel)));
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static StatementTraits Scan(string text) => Scan(Bytes(text));

    private static StatementTraits Scan(ReadOnlySpan<byte> text) => StatementScanner.Scan(text, true);
}
