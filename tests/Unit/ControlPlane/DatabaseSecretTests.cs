using Sento.ControlPlane.Secrets;
using Sento.Vault;
using Xunit;

namespace Sento.Tests.Unit.ControlPlane;

/// <summary>What passes for a database's secret.</summary>
public sealed class DatabaseSecretTests
{
    [Theory]
    [InlineData("""{"username":"\ud800","password":"p"}""")]
    [InlineData("""{"username":"app","password":"\ud800"}""")]
    [InlineData("""{"username":"app","password":"p","engine":"\udc00"}""")]
    [InlineData("""{"username":"app","password":"p","host":"\ud800x"}""")]
    [InlineData("""{"username":"app","password":"p","port":"\ud800"}""")]
    [InlineData("""{"username":"app","password":"p","dbname":"\ud800"}""")]
    [InlineData("""{"username":"app","password":"p","masterarn":"\ud800"}""")]
    [InlineData("""{"username":"app","password":"p","ssl":"\ud800"}""")]
    public void Half_a_surrogate_pair_makes_it_no_secret_of_a_database(string text)
    {
        using var value = SecretValue.OfText(text);

        Assert.Null(DatabaseSecret.Read(value));
    }

    [Theory]
    [InlineData("true", "false", true)]
    [InlineData("false", "true", true)]
    [InlineData("null", "true", true)]
    [InlineData("true", "null", true)]
    [InlineData("null", "false", null)]
    [InlineData("false", "null", null)]
    [InlineData("false", "false", false)]
    public void Master_signs_in_with_TLS_as_the_stricter_of_both_wants(
        string master, string other, bool? isTls)
    {
        using var first = Read("master", master);
        using var second = Read("app", other);

        using var login = DatabaseSecret.AsMaster(first, second);

        Assert.Equal(("master", isTls), (login.UserName, login.IsTls));
    }

    private static DatabaseSecret Read(string user, string ssl)
    {
        using var value = SecretValue.OfText(
            $$"""{"username":"{{user}}","password":"p","engine":"mysql","host":"h","ssl":{{ssl}}}""");
        return DatabaseSecret.Read(value)!;
    }
}
