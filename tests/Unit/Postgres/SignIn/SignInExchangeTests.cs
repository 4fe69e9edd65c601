using CsCheck;
using Sento.Base;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;
using Xunit;
using static Sento.Tests.Unit.Postgres.SignIn.SignInTalk;

namespace Sento.Tests.Unit.Postgres.SignIn;

/// <summary>Our two conversations against each other.</summary>
public sealed class SignInExchangeTests
{
    public static TheoryData<string> Kinds =>
    [
        "scram", "scram-stored", "md5", "md5-stored", "md5-scram", "clear", "clear-stored", "clear-md5",
        "certificate", "trust", "token",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_right_proof_signs_in_at_any_split(string kind)
    {
        for (var pieceBytes = 1; pieceBytes < 130; pieceBytes += pieceBytes < 12 ? 1 : 13)
        {
            var dialing = Dialing(kind == "token" ? "token" : "secret");
            var talk = new SignInTalk(TermsOf(kind), dialing, pieceBytes).Run();
            Assert.Equal(SignInStatus.Done, talk.ServerStatus);
            Assert.Equal(SignInStatus.Done, talk.ClientStatus);
            Assert.Equal(42, talk.Client.ProcessId);
            Assert.Equal("18.0", Assert.Single(talk.Client.Parameters).Text);
            Assert.Equal(kind.StartsWith("scram", StringComparison.Ordinal), talk.Server.IsChannelBound);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_wrong_proof_does_not(string kind)
    {
        if (kind is "certificate" or "trust")
            return;
        var talk = new SignInTalk(TermsOf(kind), Dialing("wrong")).Run();
        Assert.Equal(SignInStatus.Failed, talk.ServerStatus);
        Assert.Equal("28P01", talk.Server.Error!.SqlState);
        Assert.Equal(
            kind == "token" ? SignInFailure.TokenRefused : SignInFailure.PasswordWrong, talk.Server.Failure);
        Assert.Null(talk.Server.Keys);
        Assert.Null(talk.Server.ReceivedPassword);
    }

    [Fact]
    public void The_client_is_told_what_postgresql_says()
    {
        var talk = new SignInTalk(TermsOf("scram"), Dialing("wrong"), 50);
        talk.Run();
        Assert.Equal("password authentication failed for user \"alice\"", talk.Server.Error!.Message);
    }

    [Fact]
    public void Random_passwords_sign_in_and_only_they() => Gen.Select(
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 1, 20],
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 1, 20],
        Gen.OneOf(ClientSignInMethod.ScramSha256, ClientSignInMethod.Md5, ClientSignInMethod.Password),
        Gen.Bool).Sample((password, other, method, isTls) =>
        {
            isTls |= method == ClientSignInMethod.Password;
            var right = new SignInTalk(Terms(method, Known(password), isTls), Dialing(password, isTls)).Run();
            Assert.Equal(SignInStatus.Done, right.ClientStatus);
            var wrong = new SignInTalk(Terms(method, Known(password), isTls), Dialing(other, isTls)).Run();
            var isSame = SaslPrep.Prepare(System.Text.Encoding.UTF8.GetBytes(password)).AsSpan()
                .SequenceEqual(SaslPrep.Prepare(System.Text.Encoding.UTF8.GetBytes(other)));
            if (!isSame)
                Assert.Equal(SignInStatus.Failed, wrong.ServerStatus);
        }, iter: 300);

    [Theory]
    [InlineData(ClientSignInMethod.ScramSha256, UnknownKind.Password)]
    [InlineData(ClientSignInMethod.ScramSha256, UnknownKind.Stored)]
    [InlineData(ClientSignInMethod.Md5, UnknownKind.Password)]
    [InlineData(ClientSignInMethod.Md5, UnknownKind.Stored)]
    [InlineData(ClientSignInMethod.Password, UnknownKind.Password)]
    [InlineData(ClientSignInMethod.Password, UnknownKind.Stored)]
    public void An_unknown_user_sees_what_a_wrong_password_sees(ClientSignInMethod method, UnknownKind kind)
    {
        var known = kind == UnknownKind.Password ? Known("secret") : Stored("secret");
        var wrong = new SignInTalk(Terms(method, known), Dialing("wrong")).Run();
        var nobody = new ClientCredential.Unknown(kind);
        var unknown = new SignInTalk(Terms(method, nobody), Dialing("wrong")).Run();
        Assert.Equal(SignInFailure.UserUnknown, unknown.Server.Failure);
        Assert.Equal(wrong.Server.Error, unknown.Server.Error);
        // Nonces and MD5 salts are random, everything else is the same to the byte.
        var first = wrong.SentToClient;
        var second = unknown.SentToClient;
        Assert.Equal(first.Length, second.Length);
        if (method == ClientSignInMethod.Password)
            Assert.Equal(first, second);
        Assert.Equal(Tail(first), Tail(second));
        static byte[] Tail(byte[] sent) => sent[^200..];
    }

    [Fact]
    public void An_unknown_user_gets_the_same_salt_and_count_each_time()
    {
        var salts = new[] { Known("secret"), Known("x"), new ClientCredential.Unknown(UnknownKind.Password) }
            .Select(credential => Terms(ClientSignInMethod.ScramSha256, credential, isTls: false))
            .SelectMany(terms => new[] { terms, terms })
            .Select(terms => new SignInTalk(terms, Dialing("wrong", isTls: false)).Run().SentToClient)
            .Select(sent => System.Text.Encoding.Latin1.GetString(sent))
            .Select(text => text.Split(",s=")[1].Split(",i=2")[0])
            .ToHashSet();
        Assert.Single(salts);
    }

    [Fact]
    public void No_password_opens_an_unknown_user() => Gen.String[1, 10].Sample(password =>
    {
        foreach (var method in new[] { ClientSignInMethod.ScramSha256, ClientSignInMethod.Md5 })
        {
            var talk = new SignInTalk(
                Terms(method, new ClientCredential.Unknown(UnknownKind.Password)),
                Dialing(password.Replace('\0', 'x'))).Run();
            Assert.Equal(SignInStatus.Failed, talk.ServerStatus);
        }
    }, iter: 50);

    [Fact]
    public void An_md5_verifier_cannot_be_proved_by_scram()
    {
        var terms = Terms(ClientSignInMethod.ScramSha256, StoredMd5("secret"));
        var talk = new SignInTalk(terms, Dialing("secret")).Run();
        Assert.Equal(SignInStatus.Failed, talk.ServerStatus);
        Assert.Equal("28P01", talk.Server.Error!.SqlState);
    }

    [Fact]
    public void Scram_keys_pass_through_to_a_server_with_the_same_verifier()
    {
        var stored = Stored("secret");
        var talk = new SignInTalk(Terms(ClientSignInMethod.ScramSha256, stored), Dialing("secret")).Run();
        var verifier = ((PasswordVerifier.Scram)((ClientCredential.Stored)stored).Verifier).Verifier;
        var onward = Dialing("unused") with { Credential = ServerCredential.Of(talk.Server.Keys!, verifier) };
        var second = new SignInTalk(Terms(ClientSignInMethod.ScramSha256, stored), onward).Run();
        Assert.Equal(SignInStatus.Done, second.ClientStatus);
    }

    [Fact]
    public void The_server_s_certificate_must_be_the_one_we_saw()
    {
        var dialing = Dialing("secret") with { EndPointHash = new byte[] { 9 } };
        var talk = new SignInTalk(TermsOf("scram"), dialing).Run();
        Assert.Equal(SignInFailure.ChannelBindingFailed, talk.Server.Failure);
    }

    [Fact]
    public void Tls_without_a_hash_signs_in_without_binding()
    {
        var terms = TermsOf("scram") with { EndPointHash = default };
        var talk = new SignInTalk(terms, Dialing("secret")).Run();
        Assert.Equal(SignInStatus.Done, talk.ClientStatus);
        Assert.False(talk.Server.IsChannelBound);
    }

    private static ClientSignInTerms TermsOf(string kind) => kind switch
    {
        "scram" => Terms(ClientSignInMethod.ScramSha256, Known("secret")),
        "scram-stored" => Terms(ClientSignInMethod.ScramSha256, Stored("secret")),
        "md5" => Terms(ClientSignInMethod.Md5, Known("secret"), isTls: false),
        "md5-stored" => Terms(ClientSignInMethod.Md5, StoredMd5("secret")),
        "md5-scram" => Terms(ClientSignInMethod.Md5, Stored("secret")) with { EndPointHash = default },
        "clear" => Terms(ClientSignInMethod.Password, Known("secret")),
        "clear-stored" => Terms(ClientSignInMethod.Password, Stored("secret")),
        "clear-md5" => Terms(ClientSignInMethod.Password, StoredMd5("secret")),
        "certificate" => Terms(ClientSignInMethod.Certificate, Known("x")) with { CertificateName = User },
        "trust" => Terms(ClientSignInMethod.Trust, Known("x")) with { IsLocal = true },
        _ => TokenTerms(ClientSignInMethod.ScramSha256),
    };
}
