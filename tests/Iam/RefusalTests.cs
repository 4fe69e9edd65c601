using Sento.Tests.Support;
using Sento.Vault.Auditing;

namespace Sento.Tests.Iam;

/// <summary>
/// Each way to be refused, over each protocol: what the client hears, and the line of the audit log.
/// </summary>
public abstract class RefusalTests(RefusalGround ground)
{
    private SentoProcess Proxy => ground.Proxy;

    private string Good => IamGround.Token(Proxy);

    [Theory]
    [InlineData("expired", "Expired")]
    [InlineData("from the future", "FromTheFuture")]
    [InlineData("of another region", "RegionWrong")]
    [InlineData("of another service", "ServiceWrong")]
    [InlineData("of another user", "UserWrong")]
    [InlineData("for another host", "HostWrong")]
    [InlineData("for another port", "PortWrong")]
    [InlineData("with an altered query", "SignatureWrong")]
    [InlineData("with a parameter more", "ParameterUnknown")]
    [InlineData("with a parameter twice", "ParameterRepeated")]
    [InlineData("with a name twice, encoded", "ParameterRepeated")]
    [InlineData("with an escape cut short", "Malformed")]
    [InlineData("encoded twice", "Malformed")]
    [InlineData("with a user that ends early", "UserWrong")]
    [InlineData("without its session token", "SessionTokenMissing")]
    [InlineData("with another's session token", "SessionTokenInvalid")]
    [InlineData("of a deleted key", "KeyUnknown")]
    [InlineData("of an inactive key", "KeyInactive")]
    [InlineData("of another secret", "SignatureWrong")]
    [InlineData("without a policy", "PolicyAbsent")]
    [InlineData("that a policy denies", "PolicyDenies")]
    [InlineData("of 60 kB", "TooLong")]
    [InlineData("that is a password", "NotAToken")]
    public async Task Token_is_refused(string which, string why) =>
        await AssertRefused(Token(which), "token", "rds-db:connect", why);

    [Fact]
    public async Task Token_longer_than_any_message_is_refused() => await AssertRefused(
        Good + "&a=" + new string('a', 64 * 1024), "length", "SignIn", "ProtocolViolated");

    [Fact]
    public async Task Token_without_tls_is_refused() =>
        await AssertRefused(Good, "tls", "SignIn", null, usesTls: false);

    [Fact]
    public async Task Token_is_a_wrong_password_where_tokens_are_disabled() => await AssertRefused(
        IamGround.Token(Proxy, user: "plain"), "password", "SignIn", null, "plain");

    [Fact]
    public async Task Password_that_is_wrong_is_refused_where_both_are_taken() =>
        await AssertRefused("wrong", "password", "SignIn", null, "either");

    [Fact]
    public async Task Principal_that_comes_too_often_is_told_so()
    {
        ground.Expected.Add(line => line.Outcome is AuditEntry.Done or "TooMany"
            && line.Principal == "arn:aws:iam::123456789012:user/fn");
        await using var proxy = await ground.Start("\n    TokenSignInsPerSecond: 1");
        var token = IamGround.Token(proxy);
        (string Code, string Text)? heard = null;
        while (heard is null)
        {
            var tries = await Task.WhenAll(
                Enumerable.Range(0, 20).Select(_ => ground.Try(proxy, token, "app")));
            heard = tries.FirstOrDefault(error => error is not null);
        }

        AssertHeard("number", "app", heard);
        await proxy.WaitForLog("more than TokenSignInsPerSecond, 1, in one second");
        await Eventually.Holds(() => ground.Lines.Any(line => line.Outcome == "TooMany"
            && line.Principal == "arn:aws:iam::123456789012:user/fn"));
    }

    private void AssertHeard(string what, string user, (string Code, string Text)? heard)
    {
        Assert.NotNull(heard);
        Assert.Equal(ground.Heard(what, user).Code, heard.Value.Code);
        Assert.StartsWith(ground.Heard(what, user).Text, heard.Value.Text);
    }

    private string Token(string which) => which switch
    {
        "expired" => IamGround.Token(Proxy, age: TimeSpan.FromMinutes(16)),
        "from the future" => IamGround.Token(Proxy, age: TimeSpan.FromMinutes(-6)),
        "of another region" => IamGround.Token(Proxy, region: "us-east-1"),
        "of another service" => Changed("%2Frds-db%2F", "%2Fsts%2F"),
        "of another user" => IamGround.Token(Proxy, user: "either"),
        "for another host" => IamGround.Token(Proxy, host: "other.example.com"),
        "for another port" => IamGround.Token(Proxy, port: Proxy.Port + 1),
        "with an altered query" => Changed("Expires=900", "Expires=901"),
        "with a parameter more" => Good + "&X-Extra=1",
        "with a parameter twice" => Good + "&DBUser=app",
        "with a name twice, encoded" => Good + "&%61ction=connect",
        "with an escape cut short" => Good + "&x=%2",
        "encoded twice" => Changed("%2F", "%252F"),
        "with a user that ends early" => Changed("DBUser=app", "DBUser=app%00"),
        "without its session token" => IamGround.Token(Proxy, keyId: "ASIASESSION000000001"),
        "with another's session token" =>
            IamGround.Token(Proxy, keyId: "ASIASESSION000000001", sessionToken: "bm9uZQ=="),
        "of a deleted key" => IamGround.Token(Proxy, keyId: "AKIADELETED000000001"),
        "of an inactive key" => IamGround.Token(Proxy, keyId: IamGround.InactiveKey),
        "of another secret" => IamGround.Token(Proxy, secret: "another"),
        "without a policy" => IamGround.Token(Proxy, keyId: IamGround.KeyWithoutPolicy),
        "that a policy denies" => IamGround.Token(Proxy, keyId: IamGround.KeyOfTheBarred),
        "of 60 kB" => Good + "&a=" + new string('a', 60_000),
        _ => "secret",
    };

    private string Changed(string part, string by)
    {
        Assert.Contains(part, Good);
        return Good.Replace(part, by, StringComparison.Ordinal);
    }

    /// <param name="what">As <see cref="RefusalGround.Heard"/> takes it.</param>
    /// <param name="why">Of the audit line; null: each protocol has words of its own.</param>
    private async Task AssertRefused(
        string password, string what, string operation, string? why, string user = "app",
        bool usesTls = true)
    {
        bool IsOfIt(AuditEntry line) => line.Operation == operation
            && line.Outcome != AuditEntry.Done && (why is null || line.Outcome == why)
            && line.Source == "127.0.0.1"
            && line.Target == $"arn:aws:rds-db:{IamGround.Region}:123456789012:dbuser:prx-shop/{user}";
        var before = ground.Lines.Count;

        AssertHeard(what, user, await ground.Try(Proxy, password, user, usesTls));

        await Eventually.Holds(() => ground.Lines.Skip(before).Any(IsOfIt));
        // A driver may try twice, and a line is written once its client has been told: some are of before.
        ground.Expected.Add(IsOfIt);
        Assert.All(ground.Lines.Skip(before), line => Assert.Contains(
            ground.Expected, isExpected => isExpected(line)));
        if (what == "token" && password.Length > 100)
            Assert.DoesNotContain(password[^64..], $"{string.Join('\n', ground.Lines)}");
    }
}

public sealed class PostgresRefusalTests(PostgresRefusals ground)
    : RefusalTests(ground), IClassFixture<PostgresRefusals>;

public sealed class MariaDbRefusalTests(MariaDbRefusals ground)
    : RefusalTests(ground), IClassFixture<MariaDbRefusals>;
