using System.Text.Json;
using MySqlConnector;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Iam;

/// <summary>Tokens as passwords over MySQL's protocol: who gets in with which client, who does not.</summary>
public abstract class MySqlSignInTests(MySqlGround ground)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private SentoProcess Proxy => ground.Proxy;

    [Fact]
    public async Task Token_signs_in_and_the_secret_goes_on_to_the_database()
    {
        Assert.Equal("app", await ground.WhoAmI(IamGround.Token(Proxy)));

        var line = await Proxy.WaitForLog("IAM token accepted for user \"app\"");
        Assert.Contains("principal arn:aws:iam::123456789012:user/fn: by policy connect", line);
        Assert.DoesNotContain("X-Amz-Signature", Proxy.Log);
    }

    [Theory]
    [InlineData(AwsCliKind.Distribution)]
    [InlineData(AwsCliKind.Current)]
    public async Task Token_of_the_aws_cli_signs_in_with_the_command_line_client(AwsCliKind kind)
    {
        var made = await Run(
            AwsCli.Program(kind), "rds", "generate-db-auth-token", "--hostname", Proxy.Host, "--port",
            $"{Proxy.Port}", "--region", IamGround.Region, "--username", "app");

        string[] tls = ground is MySql9Ground
            ? ["--ssl-mode=REQUIRED", "--enable-cleartext-plugin"]
            : ["--ssl"];
        var asked = await Run(
            ground.Client,
            ["--no-defaults", "-h", Proxy.Host, "-P", $"{Proxy.Port}", "--protocol=TCP", "-u", "app",
                $"--password={made.Output.Trim()}", .. tls, "-N", "-e", "select current_user()", "app"]);
        Assert.Equal("app@%", asked.Output.Trim());
    }

    [Fact]
    public async Task Token_of_the_javascript_sdk_signs_in_with_mysql2()
    {
        var asked = await Run("node", SourceTree.At("tests", "Iam", "node", "token_mysql.mjs"));

        Assert.Equal("app@%", asked.Output.Trim());
    }

    [Fact]
    public async Task Client_that_becomes_another_user_by_a_password_is_nobodys_principal_any_more()
    {
        var changed = await Run("node", SourceTree.At("tests", "Iam", "node", "change_user.mjs"));

        using var said = JsonDocument.Parse(changed.Output);
        string Said(string name) => said.RootElement.GetProperty(name).GetString()!;
        Assert.Equal("plain@%", Said("name"));
        Assert.Contains("user/fn", Said("before"));
        Assert.DoesNotContain("user/fn", Said("after"));
    }

    [Fact]
    public async Task Identities_of_others_sign_in()
    {
        var iam = ground.Iam;
        Assert.Equal("app", await ground.WhoAmI(iam.Issuer.Token()));
        await AssertRefused(iam.Issuer.Token("system:serviceaccount:other:web"), "UserUnmapped");

        var name = $"app-{Guid.NewGuid():N}";
        iam.Identities.AddUser(name, [], DateTimeOffset.UtcNow);
        var key = iam.Identities.AddKey(name, DateTimeOffset.UtcNow);
        Assert.Equal("app", await ground.WhoAmI(await iam.EksToken(key)));
    }

    [Fact]
    public async Task Refused_token_is_an_access_denied_and_the_log_says_why()
    {
        await AssertRefused(IamGround.Token(Proxy, age: TimeSpan.FromMinutes(16)), "Expired");
        await AssertRefused(IamGround.Token(Proxy, age: TimeSpan.FromMinutes(-6)), "FromTheFuture");
        await AssertRefused(IamGround.Token(Proxy, region: "us-east-1"), "RegionWrong");
        await AssertRefused(IamGround.Token(Proxy).Replace("%2Frds-db%2F", "%2Fsts%2F"), "ServiceWrong");
        await AssertRefused(IamGround.Token(Proxy, user: "either"), "UserWrong");
        await AssertRefused(IamGround.Token(Proxy, host: "other.example.com"), "HostWrong");
        await AssertRefused(IamGround.Token(Proxy, port: Proxy.Port + 1), "PortWrong");
        await AssertRefused(IamGround.Token(Proxy, secret: "another"), "SignatureWrong");
        await AssertRefused(IamGround.Token(Proxy, keyId: "AKIADELETED000000001"), "KeyUnknown");
        await AssertRefused(IamGround.Token(Proxy, keyId: IamGround.InactiveKey), "KeyInactive");
        await AssertRefused(IamGround.Token(Proxy, keyId: "ASIASESSION000000001"), "SessionTokenMissing");
        await AssertRefused(IamGround.Token(Proxy, keyId: IamGround.KeyWithoutPolicy), "no policy allows");
        await AssertRefused(
            IamGround.Token(Proxy, keyId: IamGround.KeyOfTheBarred), "by policy not-from-here");
        await AssertRefused(IamGround.Token(Proxy) + "&X-Extra=1", "ParameterUnknown");
        await AssertRefused(IamGround.Token(Proxy) + "&DBUser=app", "ParameterRepeated");
        await AssertRefused(IamGround.Token(Proxy) + "&a=" + new string('a', 60_000), "TooLong");
    }

    [Fact]
    public async Task Password_where_a_token_is_required_is_refused() =>
        await AssertRefused("secret", "NotAToken");

    [Fact]
    public async Task Token_without_tls_is_refused_before_it_is_read()
    {
        var error = await Assert.ThrowsAsync<MySqlException>(
            () => ground.WhoAmI(IamGround.Token(Proxy), usesTls: false));

        Assert.Equal(3159, error.Number);
        Assert.Equal("IAM authentication is allowed only with SSL connections.", error.Message);
    }

    [Fact]
    public async Task Where_tokens_are_enabled_both_are_taken_and_where_disabled_the_password_alone()
    {
        Assert.Equal("either", await ground.WhoAmI(IamGround.Token(Proxy, user: "either"), "either"));
        Assert.Equal("either", await ground.WhoAmI("secret", "either"));
        Assert.Equal("either", await ground.WhoAmI("secret", "either", usesTls: false));
        Assert.Equal(1045, (await Fails(IamGround.Token(Proxy), "either")).Number);
        Assert.Equal(1045, (await Fails("wrong", "either")).Number);
        Assert.Equal("plain", await ground.WhoAmI("secret", "plain"));
        Assert.Equal(1045, (await Fails(IamGround.Token(Proxy, user: "plain"), "plain")).Number);
    }

    [Fact]
    public async Task Unknown_user_sounds_like_a_known_one() => Assert.StartsWith(
        "Access denied for user 'nobody'@",
        (await Fails(IamGround.Token(Proxy, user: "nobody"), "nobody")).Message);

    private async Task AssertRefused(string password, string why)
    {
        var error = await Fails(password, "app");
        Assert.Equal(1045, error.Number);
        Assert.StartsWith("Access denied for user 'app'@", error.Message);
        await Eventually.Holds(() => Proxy.Log.Split('\n').Any(line =>
            line.Contains("IAM token refused for user \"app\"") && line.Contains(why)));
    }

    private async Task<MySqlException> Fails(string password, string user) =>
        await Assert.ThrowsAsync<MySqlException>(() => ground.WhoAmI(password, user));

    private async Task<FinishedProcess> Run(string program, params string[] arguments)
    {
        var finished = await GuardedProcess.Run(
            new Recipe(program, arguments)
            {
                Environment = new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = IamGround.KeyId,
                    ["AWS_SECRET_ACCESS_KEY"] = IamGround.Secret,
                    ["AWS_REGION"] = IamGround.Region,
                    ["AWS_EC2_METADATA_DISABLED"] = "true",
                    ["ADMIN"] = $"http://127.0.0.1:{Proxy.AdminPort}",
                    ["MYSQL_HOST"] = Proxy.Host,
                    ["MYSQL_TCP_PORT"] = $"{Proxy.Port}",
                },
            },
            Patience);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return finished;
    }
}

public sealed class MariaDbSignInTests(MariaDbGround ground)
    : MySqlSignInTests(ground), IClassFixture<MariaDbGround>;

public sealed class MySql9SignInTests(MySql9Ground ground)
    : MySqlSignInTests(ground), IClassFixture<MySql9Ground>;
