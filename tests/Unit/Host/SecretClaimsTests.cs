using Sento.Base;
using Sento.Host.Vaults;
using Sento.Model;
using Sento.MySql.SignIn;
using Sento.Postgres.SignIn.Scram;
using Sento.Tests.Unit.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>What a secret of another source may make its entry of Auth.</summary>
public sealed class SecretClaimsTests
{
    private static readonly ScramVerifierCache Verifiers = new(ScramSalts.Random(), iterations: 2);
    private readonly RsaKeyPair _key = new();
    private readonly List<string> _told = [];

    [Fact]
    public void Another_entrys_user_is_not_taken_over_and_who_has_a_name_keeps_it()
    {
        var settled = Settle(
            [Auth("low", "low"), Auth("app", "app")], Secret("low", "app"), Secret("app", "app"));

        Assert.Equal(["low", "app"], settled.Select(secret => secret.UserName));
        Assert.Contains("user \"app\" already has an entry, by secret \"app\"", Assert.Single(_told));
    }

    [Fact]
    public void Of_two_that_come_to_a_name_only_one_has_it()
    {
        var settled = Settle([Auth("one", ""), Auth("two", "")], Secret("one", "app"), Secret("two", "app"));

        Assert.Equal(["app", ""], settled.Select(secret => secret.UserName));
        Assert.Contains("Nobody can sign in by it", Assert.Single(_told));
    }

    [Fact]
    public void Two_that_exchange_their_users_are_taken_over()
    {
        var settled = Settle([Auth("one", "a"), Auth("two", "b")], Secret("one", "b"), Secret("two", "a"));

        Assert.Equal(["b", "a"], settled.Select(secret => secret.UserName));
        Assert.Empty(_told);
    }

    [Fact]
    public void Who_is_refused_another_name_keeps_its_own_unless_somebody_has_it_by_now()
    {
        var kept = Settle(
            [Auth("one", "a"), Auth("two", "b"), Auth("three", "c")],
            Secret("one", "c"), Secret("two", "a"), Secret("three", "c"));
        var lost = Settle(
            [Auth("two", "b"), Auth("one", "a"), Auth("three", "c")],
            Secret("two", "a"), Secret("one", "c"), Secret("three", "c"));

        Assert.Equal(["a", "b", "c"], kept.Select(secret => secret.UserName));
        Assert.Equal(["a", "", "c"], lost.Select(secret => secret.UserName));
        Assert.Equal(3, _told.Count);
    }

    [Theory]
    [InlineData(ClientPasswordAuthType.PostgresScramSha256, "app", "secret")]
    [InlineData(ClientPasswordAuthType.Password, "app", "secret")]
    [InlineData(ClientPasswordAuthType.Certificate, "app", "")]
    [InlineData(ClientPasswordAuthType.Trust, "app", "")]
    public void A_secret_without_a_password_counts_only_where_none_is_asked_for(
        ClientPasswordAuthType type, string user, string password)
    {
        var settled = Settle(
            [Auth("app", "app") with { ClientPasswordAuthType = type }], Secret("app", "app", ""));

        Assert.Equal(user, settled[0].UserName);
        Assert.True(settled[0].Password.FixedTimeEquals(SecretBytes.FromText(password).Span));
        Assert.Equal(password.Length > 0, _told.Exists(line => line.Contains("it has no password")));
    }

    [Fact]
    public void Nobody_signs_in_by_an_empty_password_that_gets_into_a_configuration_all_the_same()
    {
        var proxy = Snapshots.Proxy("shop") with { Auth = [Snapshots.Auth("app", "app", "")] };

        Assert.Null(Sento.Postgres.Credentials.From(proxy, Verifiers).Find("app"));
        Assert.Null(Sento.MySql.Credentials.From(proxy, _key).Find("app"));
    }

    [Fact]
    public void A_users_own_entry_counts_before_one_that_takes_turns_with_it()
    {
        var turns = Snapshots.Auth("low", "low");
        turns = turns with
        {
            Secret = turns.Secret with
            {
                Others = [new LoginConfig("app", SecretBytes.FromText("x"), IsForClients: true)],
            },
        };
        foreach (var auth in (AuthConfig[][])[[turns, Snapshots.Auth("app", "app")],
            [Snapshots.Auth("app", "app"), turns]])
        {
            var proxy = Snapshots.Proxy("shop") with { Auth = [.. auth] };

            Assert.Equal("app", Sento.Postgres.Credentials.From(proxy, Verifiers).Find("app")!.ServerUser);
            Assert.Equal("app", Sento.MySql.Credentials.From(proxy, _key).Find("app")!.ServerUser);
        }
    }

    private SecretConfig[] Settle(AuthConfig[] auth, params SecretConfig[] found) => SecretClaims.Settle(
        Snapshots.Proxy("shop") with { Auth = [.. auth] }, found, _told.Add);

    private static AuthConfig Auth(string secret, string user) => new()
    {
        SecretArn = secret,
        Secret = Secret(secret, user),
    };

    private static SecretConfig Secret(string name, string user, string password = "secret") =>
        new(name, user, SecretBytes.FromText(user.Length == 0 ? "" : password)) { IsExternal = true };
}
