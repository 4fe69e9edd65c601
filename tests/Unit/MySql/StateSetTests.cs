using System.Text;
using Sento.Base;
using Sento.MySql.Replay;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class StateSetTests
{
    private readonly StateInterner _states = new();

    [Fact]
    public void Equal_content_is_the_same_object_whatever_way_led_to_it()
    {
        var one = _states.Empty.With("a", "1").With("b", "2");
        var other = _states.Empty.With("b", "3").With("c", "0").With("b", "2").Without("c").With("a", "1");
        Assert.Same(one, other);
    }

    [Fact]
    public void A_SET_takes_back_what_the_next_client_has_not_and_sets_what_differs()
    {
        var from = _states.Empty.With("a", "1").With("b", "x").With("gone", "5");
        var to = _states.Empty.With("a", "1").With("b", "it's").With("d", "").With("character_set_results",
            "");
        Assert.Equal(
            "@@session.gone=DEFAULT,@@session.b='y',@@session.character_set_results=NULL,@@session.d=''",
            Text(from, to.With("b", "y")));
        Assert.Equal("", Text(from, from));
    }

    [Fact]
    public void Schema_and_options_are_no_variables()
    {
        var to = _states.Empty.With(StateNames.Schema, "shop").With(StateNames.MultiStatements, "1")
            .With(StateNames.CharsetConnection, "latin1").With(StateNames.CollationConnection, "latin1_bin");
        Assert.Equal("@@session.collation_connection='latin1_bin'", Text(_states.Empty, to));
    }

    [Theory]
    [InlineData("utf8mb4", true)]
    [InlineData("a'b", false)]
    [InlineData("a\\b", false)]
    [InlineData("ä", false)]
    [InlineData("a\nb", false)]
    public void Only_a_value_that_no_reading_can_change_is_carried(string value, bool isCarried) =>
        Assert.Equal(isCarried, SetStatement.CanCarry(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void A_prepared_statement_is_shared_only_where_its_text_means_the_same()
    {
        var registry = new StatementRegistry();
        var shop = _states.Empty.With(StateNames.Schema, "shop").With("wait_timeout", "5");
        var one = registry.Hold("select 1"u8, shop.Shaping, default);
        var same = registry.Hold("select 1"u8, shop.With("wait_timeout", "6").Shaping, default);
        var elsewhere = registry.Hold("select 1"u8, shop.With(StateNames.Schema, "bank").Shaping, default);
        Assert.Same(one, same);
        Assert.NotSame(one, elsewhere);
    }

    private static string Text(StateSet from, StateSet to)
    {
        var sql = new ByteBuffer(64);
        SetStatement.Append(sql, from, to);
        return Encoding.Latin1.GetString(sql.Written);
    }
}
