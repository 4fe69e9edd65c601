using System.Text.Json;
using Npgsql;
using Sento.Tests.Support;

namespace Sento.Tests.Iam;

/// <summary>Who is let in with what, and what the log says of it.</summary>
public sealed class SignInTests(IamGround ground)
{
    private const string Refused =
        "The IAM authentication failed for the role app. Check the IAM token for this role and try again.";

    private SentoProcess Proxy => ground.Proxy;

    [Fact]
    public async Task Token_signs_in_and_the_secret_goes_on_to_the_database()
    {
        Assert.Equal("app", await IamGround.WhoAmI(Proxy, IamGround.Token(Proxy)));

        var line = await Proxy.WaitForLog(
            $"access key {IamGround.KeyId}, principal arn:aws:iam::123456789012:user/fn: by policy connect "
            + "of user fn, statement 1.");
        Assert.Contains("IAM token accepted for user \"", line);
    }

    [Fact]
    public async Task Client_is_listed_with_its_principal()
    {
        await using var connection = new NpgsqlConnection(
            IamGround.ConnectionString(Proxy, IamGround.Token(Proxy)));
        await connection.OpenAsync();

        using var rows = JsonDocument.Parse((await Proxy.Admin("/clients")).Text);
        Assert.Contains("arn:aws:iam::123456789012:user/fn", rows.RootElement.ToString());
    }

    [Fact]
    public async Task Advertised_host_is_taken() => Assert.Equal(
        "app", await IamGround.WhoAmI(Proxy, IamGround.Token(Proxy, host: "DB.example.com", port: 5432)));

    [Fact]
    public async Task Expired_token_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy, age: TimeSpan.FromMinutes(16)), "Expired");

    [Fact]
    public async Task Token_from_the_future_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy, age: TimeSpan.FromMinutes(-6)), "FromTheFuture");

    [Fact]
    public async Task Token_of_another_region_is_refused() => await AssertRefused(
        IamGround.Token(Proxy, region: "us-east-1"), "RegionWrong, it must be made for eu-central-1");

    [Fact]
    public async Task Token_of_another_service_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy).Replace("%2Frds-db%2F", "%2Fsts%2F"), "ServiceWrong");

    [Fact]
    public async Task Token_of_another_user_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy, user: "either"), "UserWrong");

    [Fact]
    public async Task Token_of_another_host_is_refused_and_the_log_names_the_setting() => await AssertRefused(
        IamGround.Token(Proxy, host: "other.example.com"),
        $"HostWrong, it must be made for one of localhost:{Proxy.Port}, 127.0.0.1:{Proxy.Port}");

    [Fact]
    public async Task Token_of_another_port_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy, port: Proxy.Port + 1), "PortWrong");

    [Fact]
    public async Task Altered_token_is_refused() => await AssertRefused(
        IamGround.Token(Proxy).Replace("Expires=900", "Expires=901"), "SignatureWrong");

    [Theory]
    [InlineData("&X-Extra=1", "ParameterUnknown")]
    [InlineData("&DBUser=app", "ParameterRepeated")]
    [InlineData("&%61ction=connect", "ParameterRepeated")]
    [InlineData("&x=%zz", "Malformed")]
    public async Task Token_with_more_in_it_is_refused(string more, string why) =>
        await AssertRefused(IamGround.Token(Proxy) + more, why);

    [Fact]
    public async Task Key_that_is_unknown_or_inactive_or_has_another_secret_is_refused()
    {
        await AssertRefused(IamGround.Token(Proxy, keyId: "AKIADELETED000000001"), "KeyUnknown");
        await AssertRefused(IamGround.Token(Proxy, keyId: IamGround.InactiveKey), "KeyInactive");
        await AssertRefused(IamGround.Token(Proxy, secret: "another"), "SignatureWrong");
        await AssertRefused(IamGround.Token(Proxy, keyId: "ASIASESSION000000001"), "SessionTokenMissing");
        await AssertRefused(
            IamGround.Token(Proxy, keyId: "ASIASESSION000000001", sessionToken: "bm9uZQ=="),
            "SessionTokenInvalid");
    }

    [Fact]
    public async Task Policies_decide_and_the_log_says_which()
    {
        await AssertRefused(
            IamGround.Token(Proxy, keyId: IamGround.KeyWithoutPolicy),
            "no policy allows rds-db:connect on "
            + "arn:aws:rds-db:eu-central-1:123456789012:dbuser:prx-shop/app");
        await AssertRefused(
            IamGround.Token(Proxy, keyId: IamGround.KeyOfTheBarred),
            "by policy not-from-here of user barred, statement 1");
    }

    [Fact]
    public async Task Token_of_60_kB_is_refused() =>
        await AssertRefused(IamGround.Token(Proxy) + "&a=" + new string('a', 60_000), "TooLong");

    [Fact]
    public async Task Token_beyond_the_longest_message_is_refused() => Assert.Equal(
        "08P01",
        (await Fails(IamGround.Token(Proxy) + "&a=" + new string('a', 64 * 1024))).SqlState);

    [Fact]
    public async Task Token_without_tls_is_refused_before_it_is_read()
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => IamGround.WhoAmI(Proxy, IamGround.Token(Proxy), usesTls: false));

        Assert.Equal("IAM authentication is allowed only with SSL connections.", error.MessageText);
    }

    [Fact]
    public async Task Password_where_a_token_is_required_is_refused() =>
        await AssertRefused("secret", "NotAToken");

    [Fact]
    public async Task Token_where_tokens_are_disabled_is_a_wrong_password()
    {
        var error = await Fails(IamGround.Token(Proxy, user: "plain"), "plain");

        Assert.Equal("password authentication failed for user \"plain\"", error.MessageText);
        Assert.Equal("plain", await IamGround.WhoAmI(Proxy, "secret", "plain"));
    }

    [Fact]
    public async Task Where_tokens_are_enabled_both_are_taken()
    {
        Assert.Equal(
            "either", await IamGround.WhoAmI(Proxy, IamGround.Token(Proxy, user: "either"), "either"));
        Assert.Equal("either", await IamGround.WhoAmI(Proxy, "secret", "either"));
        Assert.Equal("either", await IamGround.WhoAmI(Proxy, "secret", "either", usesTls: false));
        Assert.Equal("28P01", (await Fails("wrong", "either")).SqlState);
        Assert.Equal("28P01", (await Fails(IamGround.Token(Proxy), "either")).SqlState);
    }

    [Fact]
    public async Task Unknown_user_sounds_like_a_known_one()
    {
        var error = await Fails(IamGround.Token(Proxy, user: "nobody"), "nobody");

        Assert.Equal(Refused.Replace(" app.", " nobody."), error.MessageText);
    }

    [Fact]
    public async Task Log_holds_no_token()
    {
        var token = IamGround.Token(Proxy);
        await IamGround.WhoAmI(Proxy, token);
        await Proxy.WaitForLog("IAM token accepted");

        Assert.DoesNotContain("X-Amz-Signature", Proxy.Log);
        Assert.DoesNotContain(token[^64..], Proxy.Log);
    }

    [Fact]
    public async Task Key_that_is_taken_away_is_refused_at_once_and_its_sessions_go_on()
    {
        await using var proxy = await ground.Start();
        await using var session = new NpgsqlConnection(
            IamGround.ConnectionString(proxy, IamGround.Token(proxy)));
        await session.OpenAsync();

        var text = await File.ReadAllTextAsync(proxy.ConfigurationFile);
        await proxy.Reload(text.Replace(IamGround.KeyId, "AKIAANOTHER000000001"));
        await proxy.WaitForLog($"AccessKey[{IamGround.KeyId}]: removed");
        await proxy.WaitForLog("is in force");

        await Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(proxy, IamGround.Token(proxy)));
        await using var command = new NpgsqlCommand("select current_user", session);
        Assert.Equal("app", await command.ExecuteScalarAsync());
        Assert.Equal(
            "app", await IamGround.WhoAmI(proxy, IamGround.Token(proxy, keyId: "AKIAANOTHER000000001")));
    }

    [Fact]
    public async Task Many_at_once_all_get_in()
    {
        var token = IamGround.Token(Proxy);
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (_, _) =>
            Assert.Equal("app", await IamGround.WhoAmI(Proxy, token)));
    }

    private async Task AssertRefused(string password, string why)
    {
        var error = await Fails(password);
        Assert.Equal(Refused, error.MessageText);
        Assert.Equal("28P01", error.SqlState);
        await Eventually.Holds(() => Task.FromResult(Proxy.Log.Split('\n').Any(line =>
            line.Contains("IAM token refused for user \"app\" from 127.0.0.1:", StringComparison.Ordinal)
            && line.Contains(why, StringComparison.Ordinal))));
    }

    private Task<PostgresException> Fails(string password, string user = "app") =>
        Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(Proxy, password, user));
}
