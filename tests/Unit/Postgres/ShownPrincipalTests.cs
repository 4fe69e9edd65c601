using Sento.Postgres.Client;
using Xunit;

namespace Sento.Tests.Unit.Postgres;

/// <summary>Who is shown before an application_name: always alike, nobody else, never too long.</summary>
public sealed class ShownPrincipalTests
{
    private const string User = "arn:aws:iam::123456789012:user/fn";

    [Theory]
    [InlineData(User, "123456789012:user/fn")]
    [InlineData(
        "arn:aws:sts::123456789012:assumed-role/web/nightly", "123456789012:assumed-role/web/nightly")]
    [InlineData("arn:aws-cn:iam::210987654321:role/app", "210987654321:role/app")]
    public void Principal_is_its_account_and_name(string arn, string shown) =>
        Assert.Equal(shown, ShownPrincipal.Of(arn));

    [Fact]
    public void Long_principals_that_begin_alike_do_not_look_alike()
    {
        var begin = "arn:aws:sts::123456789012:assumed-role/" + new string('r', 64) + "/";

        var (one, other) = (ShownPrincipal.Of(begin + "one"), ShownPrincipal.Of(begin + "other"));

        Assert.NotEqual(one, other);
        Assert.Equal((63, 63), (one.Length, other.Length));
        Assert.NotEqual(
            ShownPrincipal.Of("arn:aws:iam::1:user/a b"), ShownPrincipal.Of("arn:aws:iam::1:user/a?b"));
    }

    [Fact]
    public void Name_of_the_application_follows_and_is_what_is_cut()
    {
        Assert.Equal("123456789012:user/fn", Name());
        Assert.Equal("123456789012:user/fn shop", Name(("application_name", "shop")));
        Assert.Equal("123456789012:user/fn b", Name(("Application_Name", "a"), ("application_name", "b")));
        var cut = Name(("application_name", new string('é', 40)));
        Assert.StartsWith("123456789012:user/fn éé", cut, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(cut), 62, 63);
    }

    [Fact]
    public void Other_settings_stay() => Assert.Equal(
        [new("time_zone", "UTC"), new("application_name", "123456789012:user/fn x")],
        ShownPrincipal.AddTo([new("application_name", "x"), new("time_zone", "UTC")], User));

    private static string Name(params (string Name, string Value)[] settings) => Assert.Single(
        ShownPrincipal.AddTo(
            [.. settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))], User)).Value;
}
