using System.Globalization;
using Sento.ControlPlane.Rotation;
using Sento.Vault;
using Xunit;

namespace Sento.Tests.Unit.ControlPlane;

/// <summary>When a secret rotates next; the expressions are those of AWS's documentation.</summary>
public sealed class RotationScheduleTests
{
    [Theory]
    [InlineData("rate(4 hours)", "2026-11-28 12:34", "2026-11-28 16:34")]
    [InlineData("rate(10 days)", "2026-11-28 12:34", "2026-12-08 12:34")]
    [InlineData("rate(1 day)", "2026-11-28 12:34", "2026-11-29 12:34")]
    [InlineData("cron(0 8 1 * ? *)", "2026-11-28 12:34", "2026-12-01 08:00")]
    [InlineData("cron(0 10 * * ? *)", "2026-11-28 12:34", "2026-11-29 10:00")]
    [InlineData("cron(0 18 ? * SAT *)", "2026-11-28 12:34", "2026-11-28 18:00")]
    [InlineData("cron(0 18 ? * SAT *)", "2026-11-28 18:00", "2026-12-05 18:00")]
    [InlineData("cron(0 23 L * ? *)", "2026-02-01 00:00", "2026-02-28 23:00")]
    [InlineData("cron(0 16 ? * 1#1 *)", "2026-11-28 12:34", "2026-12-06 16:00")]
    [InlineData("cron(0 16 ? * 6L *)", "2026-11-01 00:00", "2026-11-27 16:00")]
    [InlineData("cron(15/20 8-10 ? JAN,MAR MON-FRI *)", "2026-11-28 12:34", "2027-01-01 08:15")]
    [InlineData("cron(0 0 29 2 ? *)", "2026-11-28 12:34", "2028-02-29 00:00")]
    [InlineData("cron(0 12 1 1 ? 2031)", "2026-11-28 12:34", "2031-01-01 12:00")]
    public void Next_time_is_the_first_that_fits(string expression, string now, string next)
    {
        Assert.Null(RotationSchedule.Check(expression));
        Assert.Equal(Time(next), RotationSchedule.Next(
            new SecretRotation(true, "SingleUser") { Schedule = expression }, Time(now)));
    }

    [Theory]
    [InlineData("cron(0 12 31 2 ? *)")]
    [InlineData("cron(0 12 1 1 ? 1999)")]
    public void Time_that_never_comes_is_none(string expression) => Assert.Null(RotationSchedule.Next(
        new SecretRotation(true, "SingleUser") { Schedule = expression }, Time("2026-11-28 12:34")));

    [Theory]
    [InlineData("rate(0 days)")]
    [InlineData("rate(10 fortnights)")]
    [InlineData("rate(-1 days)")]
    [InlineData("every monday")]
    [InlineData("cron(0 8 1 * *)")]
    [InlineData("cron(0 8 1 * * *)")]
    [InlineData("cron(0 8 ? * ? *)")]
    [InlineData("cron(60 8 1 * ? *)")]
    [InlineData("cron(0 24 1 * ? *)")]
    [InlineData("cron(10-5 8 1 * ? *)")]
    [InlineData("cron(0 8 1 FOO ? *)")]
    [InlineData("cron(*/0 8 1 * ? *)")]
    [InlineData("cron(50/2147483647 8 1 * ? *)")]
    public void What_is_no_schedule_is_said_to_be_none(string expression) =>
        Assert.NotNull(RotationSchedule.Check(expression));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
