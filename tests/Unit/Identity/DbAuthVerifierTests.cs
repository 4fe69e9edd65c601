using System.Net;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Sento.Base;
using Sento.Identity.DbAuth;
using Sento.Identity.Principals;
using Xunit;

namespace Sento.Tests.Unit.Identities;

public sealed class DbAuthVerifierTests
{
    private const string KeyId = "AKIAIOSFODNN7EXAMPLE";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private const string Host = "px1.proxy-abc.eu-west-1.rds.amazonaws.com";

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
    private static readonly SessionTokens Sessions = SessionTokens.OfThisProcess();

    private static readonly DbAuthTerms Terms = new()
    {
        Region = "eu-west-1",
        Account = SomeIdentities.Account,
        ResourceId = "prx-app",
        Hosts = [new HostAndPort(Host, 5432), new HostAndPort("::1", 6432), new HostAndPort("edge", 443)],
    };

    private static readonly DbAuthVerifier Verifier = VerifierOf(
        SomeIdentities.Key(KeyId, Secret, SomeIdentities.User("fn", Connect("Allow"))),
        SomeIdentities.Key(
            "AKIAINACTIVE", Secret, SomeIdentities.User("off", Connect("Allow")), isActive: false),
        SomeIdentities.Key("AKIANOPOLICY", Secret, SomeIdentities.User("bare")),
        SomeIdentities.Key(
            "AKIADENIED", Secret, SomeIdentities.User("no", Connect("Allow"), Connect("Deny"))));

    public static TheoryData<int> VectorIndices =>
        [.. Enumerable.Range(0, Vectors.Read("db-auth-tokens.json", "tokens").Length)];

    [Theory]
    [MemberData(nameof(VectorIndices))]
    public void Token_of_a_stock_tool_is_signed_as_its_tool_signed_it(int index)
    {
        var vector = Vectors.Read("db-auth-tokens.json", "tokens")[index];

        Assert.Equal(DbAuthVerdict.Good, DbAuthToken.Read(vector.Text("token"), out var token));
        Assert.Contains(vector.Text("stringToSign"), token!.StringsToSign());
        Assert.Equal(vector.Text("dbUser"), token.DBUser);
    }

    [Theory]
    [MemberData(nameof(VectorIndices))]
    public void Token_of_a_stock_tool_is_good_until_it_expires_and_for_its_user_alone(int index)
    {
        var vector = Vectors.Read("db-auth-tokens.json", "tokens")[index];
        var text = vector.Text("token");
        DbAuthToken.Read(text, out var token);
        if (token!.Claim.SessionToken is not null)
        {
            // Of a session that was not issued here: its signature is checked by the test above.
            Assert.Equal(
                DbAuthVerdict.SessionTokenInvalid, VerifyVector(text, vector.Text("dbUser"), token, 0));
            return;
        }
        Assert.Equal(DbAuthVerdict.Good, VerifyVector(text, vector.Text("dbUser"), token, 0));
        Assert.Equal(DbAuthVerdict.Good, VerifyVector(text, vector.Text("dbUser"), token, 900));
        Assert.Equal(DbAuthVerdict.Expired, VerifyVector(text, vector.Text("dbUser"), token, 901));
        Assert.Equal(DbAuthVerdict.Good, VerifyVector(text, vector.Text("dbUser"), token, -300));
        Assert.Equal(DbAuthVerdict.FromTheFuture, VerifyVector(text, vector.Text("dbUser"), token, -301));
        Assert.Equal(DbAuthVerdict.UserWrong, VerifyVector(text, vector.Text("dbUser") + "x", token, 0));
        Assert.Equal(
            DbAuthVerdict.ParameterUnknown, VerifyVector(text + "&X=1", vector.Text("dbUser"), token, 0));
        Assert.Equal(
            DbAuthVerdict.ParameterRepeated,
            VerifyVector(text + "&dbuser=x", vector.Text("dbUser"), token, 0));
    }

    [Fact]
    public void Good_token_names_principal_statement_and_end()
    {
        var result = Verify(Make());

        Assert.True(result.IsGood);
        Assert.Equal("arn:aws:iam::123456789012:user/fn", result.Principal!.Arn);
        Assert.Equal("policy0, statement 1", result.Decision!.Deciding!.Place);
        Assert.Equal(Now.AddMinutes(15), result.ExpiresAt);
    }

    [Fact]
    public void Expired_token_is_refused() =>
        AssertVerdict(DbAuthVerdict.Expired, Make(at: Now.AddSeconds(-901)));

    [Fact]
    public void Token_that_asks_for_a_longer_life_gets_fifteen_minutes()
    {
        string Long(int age) => Make(at: Now.AddSeconds(-age), life: 604_800);

        AssertVerdict(DbAuthVerdict.Good, Long(900));
        AssertVerdict(DbAuthVerdict.Expired, Long(901));
    }

    [Fact]
    public void Token_from_the_future_is_refused() =>
        AssertVerdict(DbAuthVerdict.FromTheFuture, Make(at: Now.AddSeconds(301)));

    [Fact]
    public void Token_of_the_last_second_of_all_is_from_the_future() =>
        AssertVerdict(DbAuthVerdict.FromTheFuture, Make(at: DateTimeOffset.MaxValue));

    [Fact]
    public void Token_of_another_region_is_refused() =>
        AssertVerdict(DbAuthVerdict.RegionWrong, Make(region: "us-east-1"));

    [Theory]
    [InlineData("rds")]
    [InlineData("sts")]
    [InlineData("RDS-DB")]
    public void Token_of_another_service_is_refused(string service) =>
        AssertVerdict(DbAuthVerdict.ServiceWrong, Make(service: service));

    [Theory]
    [InlineData("App")]
    [InlineData("app ")]
    [InlineData("postgres")]
    public void Token_of_another_user_is_refused(string user) =>
        AssertVerdict(DbAuthVerdict.UserWrong, Make(user: user));

    [Theory]
    [InlineData("other.example.com:5432")]
    [InlineData(Host + ".:5432")]
    [InlineData("127.0.0.1:5432")]
    [InlineData("[::2]:6432")]
    public void Token_of_another_host_is_refused(string host) =>
        AssertVerdict(DbAuthVerdict.HostWrong, Make(host));

    [Theory]
    [InlineData(Host + ":5433")]
    [InlineData(Host)]
    [InlineData("[::1]:5432")]
    public void Token_of_another_port_is_refused(string host) =>
        AssertVerdict(DbAuthVerdict.PortWrong, Make(host));

    [Theory]
    [InlineData("PX1.proxy-ABC.eu-west-1.rds.amazonaws.com:5432")]
    [InlineData("[::1]:6432")]
    [InlineData("edge:443")]
    [InlineData("edge")]
    public void Advertised_hosts_are_taken_in_any_case(string host) =>
        AssertVerdict(DbAuthVerdict.Good, Make(host));

    [Theory]
    [InlineData(":5432")]
    [InlineData("h:0")]
    [InlineData("h:05432")]
    [InlineData("h:65536")]
    [InlineData("h:+80")]
    [InlineData("a:b:80")]
    [InlineData("[::1:80")]
    [InlineData("user@" + Host + ":5432")]
    public void Host_that_makes_no_sense_is_refused(string host) =>
        Assert.Contains(
            Verify(Make(host)).Verdict, (DbAuthVerdict[])[DbAuthVerdict.Malformed, DbAuthVerdict.HostWrong]);

    [Theory]
    [InlineData("Action=connect", "Action=connectX", DbAuthVerdict.ActionWrong)]
    [InlineData("DBUser=app", "DBUser=apq", DbAuthVerdict.UserWrong)]
    [InlineData("Expires=900", "Expires=899", DbAuthVerdict.SignatureWrong)]
    [InlineData("Expires=900", "Expires=0", DbAuthVerdict.Malformed)]
    [InlineData("Expires=900", "Expires=-1", DbAuthVerdict.Malformed)]
    [InlineData("Expires=900", "Expires=604801", DbAuthVerdict.Malformed)]
    [InlineData("Expires=900", "Expires=", DbAuthVerdict.Malformed)]
    [InlineData("T100000Z", "T100001Z", DbAuthVerdict.SignatureWrong)]
    [InlineData("Date=20261123", "Date=20261122", DbAuthVerdict.Malformed)]
    [InlineData("SignedHeaders=host", "SignedHeaders=host%3Bx-a", DbAuthVerdict.Malformed)]
    [InlineData("SignedHeaders=host", "SignedHeaders=x-a", DbAuthVerdict.Malformed)]
    [InlineData("SHA256", "SHA1", DbAuthVerdict.Malformed)]
    [InlineData("aws4_request", "aws5_request", DbAuthVerdict.Malformed)]
    [InlineData("DBUser=app&", "", DbAuthVerdict.UserWrong)]
    public void Altered_query_is_refused(string from, string to, DbAuthVerdict verdict)
    {
        var token = Make();
        Assert.Contains(from, token);

        AssertVerdict(verdict, token.Replace(from, to, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("&DBUser=app")]
    [InlineData("&dbuser=admin")]
    [InlineData("&action=connect")]
    [InlineData("&X-Amz-Signature=0")]
    [InlineData("&%41ction=connect")]
    public void Parameter_that_comes_twice_is_refused(string extra) =>
        AssertVerdict(DbAuthVerdict.ParameterRepeated, Make() + extra);

    [Theory]
    [InlineData("&DBName=app")]
    [InlineData("&X-Amz-Foo=1")]
    [InlineData("&=x")]
    public void Parameter_that_is_not_known_is_refused(string extra) =>
        AssertVerdict(DbAuthVerdict.ParameterUnknown, Make() + extra);

    [Theory]
    [InlineData("app%")]
    [InlineData("app%4")]
    [InlineData("app%zz")]
    [InlineData("%c1%a1pp")]
    [InlineData("%ff")]
    public void Broken_escape_is_refused(string user) =>
        AssertVerdict(DbAuthVerdict.Malformed, Make().Replace("DBUser=app", "DBUser=" + user));

    [Theory]
    [InlineData("app%00")]
    [InlineData("app%2500")]
    [InlineData("app+")]
    [InlineData("%2561pp")]
    [InlineData("app%0A")]
    [InlineData("app%26DBUser%3Dadmin")]
    public void Escaped_user_is_the_user_it_spells_and_no_other(string user) =>
        AssertVerdict(DbAuthVerdict.UserWrong, Make().Replace("DBUser=app", "DBUser=" + user));

    [Fact]
    public void Escapes_that_spell_the_same_are_the_same()
    {
        AssertVerdict(DbAuthVerdict.Good, Make().Replace("DBUser=app", "DBUser=%61pp"));
        AssertVerdict(DbAuthVerdict.Good, Make().Replace("%2F", "%2f"));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("")]
    [InlineData("/?Action=connect&X-Amz-Signature=")]
    [InlineData("h:1/?Action=connect")]
    [InlineData("a b:1/?Action=connect&X-Amz-Signature=0")]
    [InlineData("https://h:1/?Action=connect&X-Amz-Signature=0")]
    public void Password_is_not_a_token(string text)
    {
        AssertVerdict(DbAuthVerdict.NotAToken, text);
        Assert.False(DbAuthVerifier.LooksLikeToken(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Token_of_64_kB_is_refused_before_it_is_read() =>
        AssertVerdict(DbAuthVerdict.TooLong, Make() + "&X=" + new string('a', 64 * 1024));

    [Fact]
    public void Unknown_inactive_and_wrong_keys_are_refused()
    {
        AssertVerdict(DbAuthVerdict.KeyUnknown, Make(keyId: "AKIADELETED"));
        AssertVerdict(DbAuthVerdict.KeyInactive, Make(keyId: "AKIAINACTIVE"));
        AssertVerdict(DbAuthVerdict.SignatureWrong, Make(secret: "another"));
    }

    /// <summary>
    /// By the shortest of many tries in turn, which other programs don't lengthen; a look at the signature is
    /// most of a refusal's time.
    /// </summary>
    [Theory]
    [InlineData("AKIADELETED")]
    [InlineData("AKIAINACTIVE")]
    public void Key_that_may_not_takes_as_long_to_refuse_as_one_with_another_secret(string keyId)
    {
        string[] tokens = [Make(secret: "another"), Make(keyId: keyId, secret: "another")];
        var shortest = new[] { TimeSpan.MaxValue, TimeSpan.MaxValue };
        for (var round = 0; round < 4000; round++)
        {
            var which = round % 2;
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            for (var i = 0; i < 5; i++)
                Verify(tokens[which]);
            var took = System.Diagnostics.Stopwatch.GetElapsedTime(started);
            shortest[which] = took < shortest[which] ? took : shortest[which];
        }

        Assert.InRange(shortest[1] / shortest[0], 0.7, 1.4);
    }

    [Fact]
    public void Policies_decide()
    {
        AssertVerdict(DbAuthVerdict.PolicyAbsent, Make(keyId: "AKIANOPOLICY"));
        AssertVerdict(DbAuthVerdict.PolicyDenies, Make(keyId: "AKIADENIED"));
    }

    [Fact]
    public void Session_needs_its_own_token()
    {
        var session = new Session
        {
            AccessKeyId = "ASIASESSION",
            Secret = "of the session",
            SubjectId = "AROAJOB",
            SessionName = "run1",
            IssuedAt = Now.AddMinutes(-1),
            ExpiresAt = Now.AddMinutes(10),
        };
        var token = Sessions.Issue(session);
        string Of(string? sessionToken) =>
            Make(keyId: "ASIASESSION", secret: session.Secret, sessionToken: sessionToken);

        AssertVerdict(DbAuthVerdict.Good, Of(token));
        AssertVerdict(DbAuthVerdict.SessionTokenMissing, Of(null));
        AssertVerdict(DbAuthVerdict.SessionTokenInvalid, Of("bm90IG91cnM="));
        AssertVerdict(DbAuthVerdict.SessionTokenInvalid, Of(
            Sessions.Issue(session with { AccessKeyId = "ASIAOTHER" })));
        AssertVerdict(
            DbAuthVerdict.SessionTokenInvalid, Of(Sessions.Issue(session with { SubjectId = "AROAGONE" })));
        AssertVerdict(DbAuthVerdict.SessionExpired, Of(Sessions.Issue(session with { ExpiresAt = Now })));
        AssertVerdict(DbAuthVerdict.SessionTokenInvalid, Make(sessionToken: token));
    }

    [Theory]
    [InlineData("app")]
    [InlineData("svc.user+x@corp/a")]
    [InlineData("a b'c(d)*~é")]
    public void Token_of_our_own_making_is_good(string user)
    {
        var token = DbAuthTokenMaker.Make(
            Host.ToUpperInvariant(), 5432, "eu-west-1", user, KeyId, SecretBytes.FromText(Secret), null, Now);

        Assert.Equal(DbAuthVerdict.Good, Verifier.Verify(token, user, Terms, null, Now).Verdict);
    }

    [Fact]
    public void Token_of_our_own_making_is_that_of_the_stock_tool()
    {
        var vector = Vectors.Read("db-auth-tokens.json", "tokens")[0];

        Assert.Equal(vector.Text("token"), DbAuthTokenMaker.Make(
            "px1.proxy-abc.us-east-1.rds.amazonaws.com", 5432, "us-east-1", "app_user", KeyId,
            SecretBytes.FromText(Secret), null, new DateTimeOffset(2026, 11, 23, 10, 4, 17, TimeSpan.Zero)));
    }

    /// <summary>
    /// Whatever is changed in a token: never good, unless it spells the same; never an exception.
    /// </summary>
    [Fact]
    public void Mutated_tokens_are_refused()
    {
        var good = Make();
        DbAuthToken.Read(good, out var token);
        var signed = token!.StringsToSign().First();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Char, Gen.Int[0, 2]).Array[1, 4].Sample(
            changes =>
            {
                var text = new StringBuilder(good);
                foreach (var (at, c, how) in changes)
                {
                    var index = Math.Min(at, text.Length - 1);
                    if (how == 0)
                        text.Remove(index, 1);
                    else if (how == 1)
                        text.Insert(index, c);
                    else
                        text[index] = c;
                }
                var changed = text.ToString();
                return Verify(changed).Verdict != DbAuthVerdict.Good || SpellsTheSame(changed, signed);
            },
            iter: 50_000);
    }

    /// <summary>Only the case of its host and the spelling of its escapes may differ.</summary>
    private static bool SpellsTheSame(string token, string signed)
    {
        var cut = token.IndexOf("/?", StringComparison.Ordinal);
        return cut > 0
            && DbAuthToken.Read(
                token[..cut].ToLowerInvariant() + token[cut..], out var read) == DbAuthVerdict.Good
            && read!.StringsToSign().Contains(signed);
    }

    private static string Make(
        string host = Host + ":5432", string user = "app", string region = "eu-west-1", 
        string service = "rds-db",
        string keyId = KeyId, string secret = Secret, string? sessionToken = null, DateTimeOffset? at = null,
        int life = 900)
    {
        var date = (at ?? Now).UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");
        var scope = $"{date[..8]}/{region}/{service}/aws4_request";
        var query = $"Action=connect&DBUser={Uri.EscapeDataString(user)}&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + $"&X-Amz-Credential={Uri.EscapeDataString($"{keyId}/{scope}")}"
            + $"&X-Amz-Date={date}&X-Amz-Expires={life}"
            + (sessionToken is null ? "" : "&X-Amz-Security-Token=" + Uri.EscapeDataString(sessionToken))
            + "&X-Amz-SignedHeaders=host";
        var canonical = $"GET\n/\n{query}\nhost:{host}\n\nhost\n" + Hex(SHA256.HashData([]));
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var step in (string[])[date[..8], region, service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        var stringToSign =
            $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(stringToSign)));
        return $"{host}/?{query}&X-Amz-Signature={signature}";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static DbAuthResult Verify(string token) =>
        Verifier.Verify(token, "app", Terms, IPAddress.Loopback, Now);

    private static void AssertVerdict(DbAuthVerdict verdict, string token) =>
        Assert.Equal(verdict, Verify(token).Verdict);

    private static DbAuthVerdict VerifyVector(string text, string user, DbAuthToken token, int secondsLater)
    {
        var terms = Terms with { Region = token.Claim.Scope.Region, Hosts = [token.Address] };
        return Verifier.Verify(
            text, user, terms, null, token.Claim.SignedAt.AddSeconds(secondsLater)).Verdict;
    }

    private static string Connect(string effect) =>
        $$$"""
        {"Statement":{"Effect":"{{{effect}}}","Action":"rds-db:connect",
          "Resource":"arn:aws:rds-db:*:123456789012:dbuser:prx-app/*"}}
        """;

    private static DbAuthVerifier VerifierOf(params AccessKey[] keys) => new(new CredentialResolver(
        new MemoryIdentities(keys, [SomeIdentities.Role("job", Connect("Allow"))]), Sessions));
}
