using System.Buffers.Text;
using System.Text;
using Npgsql;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Iam;

/// <summary>
/// Presigned GetCallerIdentity as a password, made by the stock CLI. For AWS stands the STS of a vault, which
/// checks signatures as AWS's does, and a server that answers as a test wants it to.
/// </summary>
public sealed class AwsCallerTests(IamGround ground)
{
    private const string Good = """
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <GetCallerIdentityResult>
            <Arn>arn:aws:sts::123456789012:assumed-role/app-web/i-0abc</Arn>
            <UserId>AROAEXAMPLE:i-0abc</UserId><Account>123456789012</Account>
          </GetCallerIdentityResult>
        </GetCallerIdentityResponse>
        """;

    private SentoProcess Proxy => ground.Proxy;

    [Fact]
    public async Task Token_of_the_aws_cli_signs_in_and_AWS_is_asked_once()
    {
        var (name, key) = NewUser("app");
        var token = await ground.EksToken(key);

        Assert.Equal("app", await IamGround.WhoAmI(Proxy, token));
        Assert.Equal("app", await IamGround.WhoAmI(Proxy, token));
        Assert.Equal("either", await IamGround.WhoAmI(Proxy, token, "either"));

        await Proxy.WaitForLog(
            $"AWS caller arn:aws:iam::123456789012:user/{name}, principal "
            + "arn:aws:iam::123456789012:user/fn: by policy connect of user fn, statement 1.");
        Assert.Single(
            Sento.Vault.Auditing.AuditLog.Read(ground.Vault.Audit.Path),
            line => line.Operation == "GetCallerIdentity"
                && line.Principal.EndsWith(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_token_sounds_like_any_other_and_the_log_says_why()
    {
        var (_, key) = NewUser("app");
        var (_, stranger) = NewUser("stranger");
        await AssertRefused(await ground.EksToken(stranger), "UserUnmapped");
        await AssertRefused(await ground.EksToken(key, "another-server"), "StsRefused");
        await AssertRefused(await ground.EksToken(key with { Secret = "wrong" }), "StsRefused");
        await AssertRefused(await ground.EksToken(key, region: "eu-west-1"), "IssuerUnknown");
        var text = Decode(await ground.EksToken(key));
        await AssertRefused(Encode(text.Replace("GetCallerIdentity", "GetSessionToken")), "ActionWrong");
        await AssertRefused(Encode(text + "&RoleArn=x"), "ParameterUnknown");
        await AssertRefused(
            Encode(text.Replace("amazonaws.com/", "amazonaws.com.evil.test/")), "IssuerUnknown");
        await AssertRefused(Encode(text)[..^1], "Malformed");
        Assert.DoesNotContain(Encode(text)[..60], Proxy.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_is_whom_the_entry_names_and_policies_decide_as_ever()
    {
        if (ground.Identities.Document.Find("bare") is null)
            ground.Identities.AddUser("bare", [], DateTimeOffset.UtcNow);
        var key = ground.Identities.AddKey("bare", DateTimeOffset.UtcNow);

        await AssertRefused(await ground.EksToken(key), "no policy allows rds-db:connect");
    }

    [Fact]
    public async Task Where_nobody_is_configured_such_a_token_is_none()
    {
        await using var proxy = await ground.Start(text =>
            text[..text.IndexOf("  AwsCallers", StringComparison.Ordinal)]
            + text[text.IndexOf("Proxies:", StringComparison.Ordinal)..]);

        var (_, key) = NewUser("app");
        var error = await Fails(proxy, await ground.EksToken(key));
        Assert.Equal("28P01", error.SqlState);
        await proxy.WaitForLog("NotAToken");
    }

    [Fact]
    public async Task Only_the_one_right_answer_is_an_identity()
    {
        var answer = (Status: 200, Body: Good);
        using var sts = new FakeHttpServer(_ => Task.FromResult(answer));
        await using var proxy = await ground.Start(sts: sts.Url);
        var bad = new List<(int, string)>
        {
            (302, Good), (500, Good), (503, ""), (403, Good), (0, ""), (200, ""), (200, "<a/>"), (200, "{}"),
            (200, Good.Replace("GetCallerIdentityR", "GetSessionTokenR")),
            (200, Good.Replace("https://sts.amazonaws.com/doc/2011-06-15/", "https://evil.test/")),
            (200, "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>" + Good),
            (200, $"<a>{Good}</a>"),
            (200, Good + new string(' ', 20_000)),
            (200, Good.Replace("assumed-role/app-web/i-0abc", "assumed-role/app-web")),
            (200, Good.Replace("123456789012", "999999999999")),
            (200, Good.Replace("assumed-role/app-web/i-0abc", "federated-user/app-web")),
            (400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
        };
        foreach (var given in bad)
        {
            answer = given;
            // Of another key each time: what was said of a token is remembered.
            Assert.Equal("28P01", (await Fails(proxy, await ground.EksToken(NewUser("app").Key))).SqlState);
        }
        Assert.All(sts.Targets, target =>
            Assert.StartsWith("/?Action=GetCallerIdentity&Version=2011-06-15&", target));

        answer = (200, Good);
        Assert.Equal("app", await IamGround.WhoAmI(proxy, await ground.EksToken(NewUser("app").Key)));
    }

    private (string Name, AccessKeyRecord Key) NewUser(string prefix)
    {
        var name = $"{prefix}-{Guid.NewGuid():N}";
        ground.Identities.AddUser(name, [], DateTimeOffset.UtcNow);
        return (name, ground.Identities.AddKey(name, DateTimeOffset.UtcNow));
    }

    private static string Decode(string token) =>
        Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token.AsSpan("k8s-aws-v1.".Length)));

    private static string Encode(string url) =>
        "k8s-aws-v1." + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(url));

    private async Task AssertRefused(string password, string why)
    {
        Assert.Equal("28P01", (await Fails(Proxy, password)).SqlState);
        await Eventually.Holds(() => Proxy.Log.Split('\n').Any(line =>
            line.Contains("IAM token refused for user \"app\"", StringComparison.Ordinal)
            && line.Contains(why, StringComparison.Ordinal)));
    }

    private static Task<PostgresException> Fails(SentoProcess proxy, string password) =>
        Assert.ThrowsAsync<PostgresException>(() => IamGround.WhoAmI(proxy, password));
}
