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
        var to = _states.Empty.With("a", "1").With("b", "it's").With("d", "");
        Assert.Equal("@@session.gone=DEFAULT,@@session.b='y',@@session.d=''", Text(from, to.With("b", "y")));
        Assert.Equal("", Text(from, from));
    }

    [Fact]
    public void A_user_variable_is_set_to_its_literal_and_can_only_be_reset()
    {
        var from = _states.Empty.With(StateNames.UserVariable("gone"), "5");
        var to = _states.Empty.With(StateNames.UserVariable("a b"), "_latin1'x' COLLATE latin1_bin");
        Assert.Equal("@`a b`=_latin1'x' COLLATE latin1_bin", Text(from, to));
        Assert.True(from.HasVariablesBeyond(to));
        Assert.False(_states.Empty.With("gone", "5").HasVariablesBeyond(to));
        Assert.False(from.HasVariablesBeyond(to.With(StateNames.UserVariable("gone"), "6")));
    }

    [Theory]
    [InlineData("5", "@`v`=5,@`v`=NULL")]
    [InlineData("-1.50", "@`v`=-1.50,@`v`=NULL")]
    [InlineData("_latin1'it is' COLLATE latin1_bin", "@`v`=_latin1'' COLLATE latin1_bin,@`v`=NULL")]
    [InlineData(UserVariable.Null, "@`v`=_binary'',@`v`=NULL")]
    public void A_user_variable_set_to_NULL_keeps_the_type_that_it_had(string before, string set)
    {
        var to = _states.Empty.With(StateNames.UserVariable("v"), UserVariable.NullInPlaceOf(before));
        Assert.Equal(set, Text(_states.Empty, to));
    }

    [Fact]
    public void Checks_of_keys_are_taken_back_to_the_servers_own_since_their_default_is_off() => Assert.Equal(
        "@@session.foreign_key_checks=@@global.foreign_key_checks,"
            + "@@session.unique_checks=@@global.unique_checks",
        Text(_states.Empty.With("foreign_key_checks", "OFF").With("unique_checks", "OFF"), _states.Empty));

    [Theory]
    [InlineData("latin1", "latin1", "latin1_bin", "latin1_bin", "NAMES 'latin1' COLLATE 'latin1_bin'")]
    [InlineData("latin1", "latin1", "latin1_bin", null,
        "NAMES 'latin1',@@session.collation_connection='latin1_bin'")]
    [InlineData("latin1", "utf8mb4", "latin1_bin", "utf8mb4_bin",
        "NAMES 'utf8mb4' COLLATE 'utf8mb4_bin',@@session.character_set_client='latin1',"
            + "@@session.collation_connection='latin1_bin'")]
    [InlineData("latin1", "", "latin1_bin", "latin1_bin",
        "NAMES 'latin1',@@session.character_set_results=NULL,@@session.collation_connection='latin1_bin'")]
    [InlineData("latin1", "utf16", "latin1_bin", null,
        "NAMES 'latin1',@@session.character_set_results=utf16,@@session.collation_connection='latin1_bin'")]
    public void Character_sets_are_led_by_names(
        string client, string results, string collation, string? collationOfResults, string set)
    {
        var to = _states.Empty.With(StateNames.CharsetClient, client).With(StateNames.CharsetResults, results)
            .With(StateNames.CollationConnection, collation);
        if (collationOfResults is not null)
            to = to.With(StateNames.CollationResults, collationOfResults);
        Assert.Equal(set, Text(_states.Empty, to));
    }

    [Fact]
    public void Schema_and_options_are_no_variables()
    {
        var to = _states.Empty.With(StateNames.Schema, "shop").With(StateNames.MultiStatements, "1")
            .With(StateNames.CharsetConnection, "latin1");
        Assert.Equal("", Text(_states.Empty, to));
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
