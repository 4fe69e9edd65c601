using System.Text;
using Sento.Postgres.Pinning;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Pinning;

public sealed class RdsRulesTests
{
    [Theory]
    [InlineData("SET x = 1", "session settings")]
    [InlineData("SET LOCAL x = 1", "session settings")]
    [InlineData("SET TRANSACTION READ ONLY", "session settings")]
    [InlineData("SET ROLE a", "session settings")]
    [InlineData("RESET x", "session settings")]
    [InlineData("RESET ALL", "session settings")]
    [InlineData("SELECT set_config('x', '1', true)", "session settings")]
    [InlineData("SELECT set_config($1, $2, false)", "session settings")]
    [InlineData("PREPARE a AS SELECT 1", "PREPARE")]
    [InlineData("EXECUTE a", "EXECUTE")]
    [InlineData("DEALLOCATE a", "DEALLOCATE")]
    [InlineData("DEALLOCATE ALL", "DEALLOCATE")]
    [InlineData("DISCARD ALL", "DISCARD")]
    [InlineData("DISCARD PLANS", "DISCARD")]
    [InlineData("CREATE TEMP TABLE t (a int)", "temporary")]
    [InlineData("DECLARE c CURSOR FOR SELECT 1", "cursor")]
    [InlineData("LISTEN c", "channel")]
    [InlineData("LOAD 'auto_explain'", "library")]
    [InlineData("SELECT nextval('s')", "sequence")]
    [InlineData("SELECT setval('s', 1)", "sequence")]
    [InlineData("SELECT pg_advisory_lock(1)", "advisory lock")]
    [InlineData("SELECT pg_try_advisory_lock(1)", "advisory lock")]
    public void Documented_conditions_pin(string text, string reason) =>
        Assert.Contains(reason, ReasonFor(text));

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("BEGIN; UPDATE t SET a = 1; COMMIT")]
    [InlineData("SELECT pg_advisory_xact_lock(1)")]
    [InlineData("SELECT currval('s'), lastval()")]
    [InlineData("CALL p()")]
    [InlineData("SELECT f()")]
    [InlineData("COPY t FROM STDIN")]
    [InlineData("NOTIFY c")]
    [InlineData("DROP TABLE t")]
    [InlineData("SELECT 'unfinished")]
    public void Other_statements_do_not_pin(string text) => Assert.Null(ReasonFor(text));

    [Fact]
    public void A_text_above_16384_bytes_pins()
    {
        Assert.Null(RdsRules.PinReasonFor(StatementTraits.Quiet, 16_384));
        Assert.Contains("16384 byte limit", RdsRules.PinReasonFor(StatementTraits.Quiet, 16_385));
    }

    private static string? ReasonFor(string text) =>
        RdsRules.PinReasonFor(StatementScanner.Scan(Encoding.UTF8.GetBytes(text), true), text.Length);
}
