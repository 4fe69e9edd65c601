using System.Text;
using Sento.MySql.Pinning;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class RdsRulesTests
{
    [Theory]
    [InlineData("SET x = 1")]
    [InlineData("SET sql_mode = '', x = 1")]
    [InlineData("SET SESSION x = 1")]
    [InlineData("SET @@x = 1")]
    [InlineData("SET session_track_system_variables = '*'")]
    [InlineData("SET TRANSACTION READ ONLY")]
    [InlineData("SET @@transaction_isolation = 'SERIALIZABLE'")]
    [InlineData("SET @a = 1")]
    [InlineData("SELECT 1 INTO @a")]
    [InlineData("SELECT @a := 1")]
    public void What_is_set_pins_unless_sets_are_excluded(string text)
    {
        Assert.True(Pins(text));
        Assert.False(Pins(text, excludesSets: true));
    }

    [Theory]
    [InlineData("CREATE TEMPORARY TABLE t (a int)")]
    [InlineData("LOCK TABLES t READ")]
    [InlineData("FLUSH TABLES WITH READ LOCK")]
    [InlineData("SELECT GET_LOCK('a', 0)")]
    [InlineData("PREPARE p FROM 'SELECT 1'")]
    [InlineData("SELECT ROW_COUNT()")]
    [InlineData("SELECT FOUND_ROWS()")]
    [InlineData("SELECT /*!40000 1 */")]
    [InlineData("SELECT /*M! 1 */")]
    [InlineData("SELECT 1; SELECT GET_LOCK('a', 0)")]
    public void Other_documented_conditions_pin_always(string text)
    {
        Assert.True(Pins(text));
        Assert.True(Pins(text, excludesSets: true));
    }

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELECT '/*! */', 1 /* plain */")]
    [InlineData("SET NAMES latin1")]
    [InlineData("SET CHARACTER SET utf8mb4")]
    [InlineData("SET autocommit = 0, sql_mode = 'ANSI', time_zone = '+01:00'")]
    [InlineData("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")]
    [InlineData("SET @@session.tx_isolation = 'SERIALIZABLE'")]
    [InlineData("SET session_track_schema = 1")]
    [InlineData("SET LOCAL x = 1")]
    [InlineData("SET GLOBAL x = 1")]
    [InlineData("BEGIN")]
    [InlineData("USE a")]
    [InlineData("DROP DATABASE a")]
    [InlineData("CALL p()")]
    [InlineData("SELECT LAST_INSERT_ID()")]
    [InlineData("SELECT @a")]
    [InlineData("SELECT 'unfinished")]
    public void Other_statements_do_not_pin(string text) => Assert.False(Pins(text));

    [Fact]
    public void A_text_above_16384_bytes_pins()
    {
        Assert.False(Pins("SELECT '" + new string('x', 16_384 - 9) + "'"));
        Assert.True(Pins("SELECT '" + new string('x', 16_385 - 9) + "'"));
    }

    private static bool Pins(string text, bool excludesSets = false)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return RdsRules.Pins(
            StatementScanner.Scan(bytes, ScanMode.None), bytes, ScanMode.None, excludesSets);
    }
}
