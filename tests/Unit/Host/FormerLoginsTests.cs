using Sento.Base;
using Sento.Host.Vaults;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>What a source has said before holds for a while, for clients.</summary>
public sealed class FormerLoginsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private readonly FormerLogins _former = new();

    [Fact]
    public void Each_holds_until_its_time_and_only_the_last_is_for_servers()
    {
        _former.Add(Secret("one"), Now.AddMinutes(1));
        _former.Add(Secret("two"), Now.AddMinutes(2));

        var both = _former.At(Now, Secret("three"));
        Assert.Equal(["two", "one"], both.Select(TextOf));
        Assert.Equal([true, false], both.Select(login => login.IsForServers));
        Assert.Equal(["two"], _former.At(Now.AddMinutes(1), Secret("three")).Select(TextOf));
        Assert.Empty(_former.At(Now.AddMinutes(2), Secret("three")));
    }

    [Fact]
    public void One_that_comes_back_is_the_current_one_and_no_former_one()
    {
        _former.Add(Secret("one"), Now.AddMinutes(1));
        _former.Add(Secret("two"), Now.AddMinutes(1));

        Assert.Equal(["two"], _former.At(Now, Secret("one")).Select(TextOf));
    }

    [Fact]
    public void Nine_are_one_too_many()
    {
        for (var i = 0; i < 9; i++)
            _former.Add(Secret($"p{i}"), Now.AddMinutes(1));

        var left = _former.At(Now, Secret("now")).Select(TextOf).ToArray();
        Assert.Equal(8, left.Length);
        Assert.DoesNotContain("p0", left);
    }

    private static SecretConfig Secret(string password) => new("s", "app", SecretBytes.FromText(password));

    private static string TextOf(LoginConfig login) =>
        System.Text.Encoding.UTF8.GetString(login.Password.Span);
}
