using System.Text;
using Sento.Base;
using Sento.MySql.Pinning;
using Sento.MySql.Server;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class HiddenCodeTests
{
    [Theory]
    [InlineData("return get_lock('a', 1)", StatementEffects.NamedLocks)]
    [InlineData("begin set @a = `GET_LOCK`('a', 1); end", StatementEffects.NamedLocks)]
    [InlineData("begin set  role auditor; end", StatementEffects.Identity)]
    [InlineData("begin set @@sort_buffer_size = 1; end", StatementEffects.HidesState)]
    [InlineData("begin set x = 1,\n @@session.sort_buffer_size = 1; end", StatementEffects.HidesState)]
    [InlineData("begin set n = row_count(); end", StatementEffects.RunsCode)]
    [InlineData("begin get diagnostics n = number; end", StatementEffects.RunsCode)]
    [InlineData("begin set x = @@sql_mode; set new.role = 'a'; return 1; end", StatementEffects.None)]
    public void A_body_shows_what_it_does(string body, StatementEffects effect)
    {
        var code = Read(("f", body));
        Assert.Equal(effect, code.EffectsOf("f"u8) & (effect == StatementEffects.None ? ~effect : effect));
        Assert.Equal(effect == StatementEffects.None, code.IsEmpty);
    }

    [Fact]
    public void Whoever_uses_it_in_whichever_order_does_it_too()
    {
        var code = Read(("a", "return `b`()"), ("b", "begin return app.C(); end"),
            ("c", "return get_lock('x', 1)"), ("d", "return abs(1)"), ("t", "set new.a = \"a\"()"));
        foreach (var name in new[] { "a", "B", "c", "T" })
            Assert.True((code.EffectsOf(Bytes(name)) & StatementEffects.NamedLocks) != 0, name);
        Assert.Equal(StatementEffects.None, code.EffectsOf("d"u8));
        Assert.Equal(StatementEffects.None, code.EffectsOf("x"u8));
    }

    [Fact]
    public void Two_that_use_each_other_come_to_an_end()
    {
        var code = Read(("a", "return b()"), ("b", "begin return a() + get_lock('x', 1); end"));
        Assert.Equal(code.EffectsOf("a"u8), code.EffectsOf("b"u8));
        Assert.True((code.EffectsOf("a"u8) & StatementEffects.NamedLocks) != 0);
    }

    [Theory]
    [InlineData("select f()", true)]
    [InlineData("SELECT `F`(1)", true)]
    [InlineData("insert into f values (1)", true)]
    [InlineData("prepare s from 'select f()'", true)]
    [InlineData("select 'f', \"f\", @f, ff(), 1 -- f", false)]
    [InlineData("select größe()", true)]
    [InlineData("", false)]
    public void Texts_are_searched_for_names(string text, bool isFound)
    {
        var code = Read(("f", "return get_lock('a', 1)"), ("GRÖSSE", "return get_lock('a', 1)"));
        var traits = code.Complete(StatementTraits.Quiet, Bytes(text), ScanMode.None);
        Assert.Equal(isFound, traits.Has(StatementEffects.NamedLocks));
    }

    [Fact]
    public void What_can_not_be_read_is_not_trusted()
    {
        var reader = new HiddenCodeReader();
        reader.AddCode("f"u8, default, isReadable: false);
        reader.AddView("v"u8, default);
        reader.AddView("w"u8, "select 1"u8);
        var code = reader.Finish();
        Assert.True((code.EffectsOf("f"u8) & StatementEffects.HidesState) != 0);
        Assert.True((code.EffectsOf("v"u8) & StatementEffects.HidesState) != 0);
        Assert.Equal(StatementEffects.None, code.EffectsOf("w"u8));

        // Where nothing hides anything, no view can either.
        reader = new HiddenCodeReader();
        reader.AddView("v"u8, default);
        Assert.True(reader.Finish().IsEmpty);
    }

    [Fact]
    public void A_procedure_counts_for_those_that_call_it()
    {
        var reader = new HiddenCodeReader();
        reader.AddName("p"u8);
        reader.AddCode("f"u8, "begin call p(); return 1; end"u8, isReadable: true);
        reader.AddCode("p"u8, "do get_lock('a', 1)"u8, isReadable: true, isProcedure: true);
        var code = reader.Finish();
        Assert.True((code.EffectsOf("f"u8) & StatementEffects.NamedLocks) != 0);
        Assert.Equal(StatementEffects.None, code.EffectsOf("p"u8));
    }

    [Fact]
    public void Too_much_code_makes_every_name_suspicious()
    {
        var reader = new HiddenCodeReader();
        for (var i = 0; i <= Limits.HiddenNamesMax; i++)
            reader.AddName(Bytes($"n{i}"));
        var code = reader.Finish();
        Assert.True((code.EffectsOf("anything"u8) & StatementEffects.HidesState) != 0);
        Assert.Same(HiddenCode.Unread, code);
        Assert.False(code.IsSame(HiddenCode.None));
    }

    [Fact]
    public void A_catalog_that_does_not_answer_is_not_trusted_and_soon_asked_again()
    {
        var facts = new CodeFacts();
        Assert.True(facts.OnRead(default, 7, null));
        Assert.True((facts.Hidden.EffectsOf("anything"u8) & StatementEffects.HidesState) != 0);
        // Whoever waits for it goes on; the next boundary asks.
        Assert.True(facts.IsCurrent(7));
        Assert.False(facts.IsDue(default(LoopTime) + TimeSpan.FromSeconds(0.5), 7));
        Assert.True(facts.IsDue(default(LoopTime) + TimeSpan.FromSeconds(1), 7));
        Assert.True(facts.OnRead(default, 7, HiddenCode.None));
        Assert.Equal(StatementEffects.None, facts.Hidden.EffectsOf("anything"u8));
        Assert.False(facts.IsDue(default(LoopTime) + TimeSpan.FromSeconds(59), 7));
        Assert.True(facts.IsDue(default, 8));
    }

    [Fact]
    public void Any_bytes_can_be_read()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var letters = "get_lock`'\"@@set ,\\\0\u00e9\n;()"u8.ToArray();
        for (var round = 0; round < 2000; round++)
        {
            var body = Enumerable.Range(0, random.Next(60)).Select(_ => letters[random.Next(letters.Length)])
                .ToArray();
            var reader = new HiddenCodeReader();
            reader.AddName(body.AsSpan(0, Math.Min(body.Length, 5)));
            reader.AddCode("f"u8, body, isReadable: true);
            reader.AddView(body, body);
            Assert.True(reader.Finish().Complete(StatementTraits.Quiet, body, ScanMode.None) is not null,
                $"seed {seed}");
        }
    }

    private static HiddenCode Read(params (string Name, string Body)[] all)
    {
        var reader = new HiddenCodeReader();
        foreach (var (name, _) in all)
            reader.AddName(Bytes(name));
        foreach (var (name, body) in all)
            reader.AddCode(Bytes(name), Bytes(body), isReadable: true);
        return reader.Finish();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
