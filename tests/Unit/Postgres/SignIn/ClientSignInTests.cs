using System.Text;
using CsCheck;
using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;
using Xunit;
using static Sento.Tests.Unit.Postgres.SignIn.SignInTalk;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class ClientSignInTests
{
    private static readonly ClientCredential[] KnownAndUnknown =
        [Known("x"), new ClientCredential.Unknown(UnknownKind.Password)];

    private readonly ByteBuffer _output = new();

    [Theory]
    [InlineData(ClientSignInMethod.ScramSha256)]
    [InlineData(ClientSignInMethod.Md5)]
    [InlineData(ClientSignInMethod.Password)]
    public void A_second_startup_message_ends_the_sign_in(ClientSignInMethod method) // CVE-2026-107350
    {
        foreach (var credential in KnownAndUnknown)
        {
            var signIn = Begun(Terms(method, credential));
            var startup = new ByteBuffer();
            ClientMessageWriter.StartupMessage(startup, 0, [new("user", "postgres"), new("database", "x")]);
            var step = signIn.Feed(startup.Written, _output);
            Assert.Equal(SignInStatus.Failed, step.Status);
            Assert.Equal(0, step.Consumed);
            Assert.Equal("08P01", signIn.Error!.SqlState);
            Assert.Equal(User, signIn.User);
        }
    }

    [Fact]
    public void A_second_startup_message_between_the_scram_messages_ends_the_sign_in() // CVE-2026-107350
    {
        var signIn = Begun(Terms(ClientSignInMethod.ScramSha256, Known("x"), isTls: false));
        Assert.Equal(SignInStatus.NeedMore, Feed(signIn, Initial("SCRAM-SHA-256", "n,,n=,r=abc")).Status);
        var startup = new ByteBuffer();
        ClientMessageWriter.StartupMessage(startup, 0, [new("user", "postgres")]);
        Assert.Equal(SignInStatus.Failed, signIn.Feed(startup.Written, _output).Status);
        Assert.Equal("expected SASL response, got message type 0", signIn.Error!.Message);
    }

    [Fact]
    public void Only_p_is_taken_and_its_first_byte_decides()
    {
        for (var code = 0; code < 256; code++)
        {
            if (code == 'p')
                continue;
            foreach (var method in new[] { ClientSignInMethod.ScramSha256, ClientSignInMethod.Password })
            {
                var signIn = Begun(Terms(method, Known("x")));
                var step = signIn.Feed([(byte)code], _output);
                Assert.Equal(SignInStatus.Failed, step.Status);
                var expected = method == ClientSignInMethod.Password ? "password" : "SASL";
                Assert.Equal($"expected {expected} response, got message type {code}", signIn.Error!.Message);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(65_536 + 5)]
    public void An_impossible_length_ends_the_sign_in_before_the_body_comes(int length) // CVE-2026-6668 class
    {
        var signIn = Begun(Terms(ClientSignInMethod.ScramSha256, Known("x")));
        var window = new ByteBuffer();
        window.WriteByte((byte)'p');
        window.WriteInt32(length);
        Assert.Equal(SignInStatus.Failed, signIn.Feed(window.Written, _output).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
    }

    [Fact]
    public void The_longest_message_is_asked_for()
    {
        var signIn = Begun(TokenTerms(ClientSignInMethod.Password));
        var message = Password(new string('t', Limits.SignInBytesMax - 1));
        Assert.Equal(message.Length, signIn.Feed(message.AsSpan(0, 5), _output).Needed);
        Assert.Equal(SignInStatus.NeedsWork, Feed(signIn, message).Status);
    }

    [Fact]
    public void A_password_in_clear_text_needs_tls()
    {
        var signIn = new ClientSignIn(Terms(ClientSignInMethod.Password, Known("x"), isTls: false));
        Assert.Equal(SignInStatus.Failed, signIn.Begin(_output).Status);
        Assert.Equal(SignInFailure.TlsMissing, signIn.Failure);
        Assert.Equal("28000", ErrorFields.Read(_output.Written[5..]).SqlState);
    }

    [Fact]
    public void A_token_needs_tls_whatever_the_method()
    {
        foreach (var method in Enum.GetValues<ClientSignInMethod>())
        {
            var signIn = new ClientSignIn(TokenTerms(method, isTls: false));
            Assert.Equal(SignInStatus.Failed, signIn.Begin(_output).Status);
            Assert.Equal("IAM authentication is allowed only with SSL connections.", signIn.Error!.Message);
        }
    }

    [Fact]
    public void Where_tokens_are_enabled_a_password_is_taken_too_and_a_token_is_judged()
    {
        var withPassword = Begun(TokenTerms(ClientSignInMethod.ScramSha256, TokenUse.Accepted));
        Assert.Equal(SignInStatus.Done, Feed(withPassword, Password("secret")).Status);

        var withToken = Begun(TokenTerms(ClientSignInMethod.ScramSha256, TokenUse.Accepted));
        Assert.Equal(SignInStatus.NeedsWork, Feed(withToken, Password("h/?a=b&X-Amz-Signature=0")).Status);
        Assert.IsType<TokenCheck>(withToken.Work).Decide(TokenVerdict.Accepted);
        Assert.Equal(SignInStatus.Done, withToken.Resume(_output).Status);
        Assert.Null(withToken.ReceivedPassword);
    }

    [Fact]
    public void Where_tokens_are_enabled_a_client_without_tls_proves_its_password_unseen()
    {
        var signIn =
            new ClientSignIn(TokenTerms(ClientSignInMethod.ScramSha256, TokenUse.Accepted, isTls: false));
        Assert.Equal(SignInStatus.NeedMore, signIn.Begin(_output).Status);
        Assert.Contains("SCRAM-SHA-256", System.Text.Encoding.Latin1.GetString(_output.Written));
    }

    [Fact]
    public void Where_tokens_are_required_a_password_is_judged_as_one()
    {
        var signIn = Begun(TokenTerms(ClientSignInMethod.ScramSha256));
        Assert.Equal(SignInStatus.NeedsWork, Feed(signIn, Password("secret")).Status);
        Assert.IsType<TokenCheck>(signIn.Work).Decide(TokenVerdict.Refused);
        Assert.Equal(SignInStatus.Failed, signIn.Resume(_output).Status);
        Assert.Equal(SignInFailure.TokenRefused, signIn.Failure);
    }

    [Fact]
    public void A_good_token_for_a_user_without_a_secret_is_refused()
    {
        var terms = TokenTerms(ClientSignInMethod.ScramSha256) with
        {
            Credential = new ClientCredential.Unknown(UnknownKind.Password),
        };
        var signIn = Begun(terms);
        Feed(signIn, Password("tok"));
        Assert.IsType<TokenCheck>(signIn.Work).Decide(TokenVerdict.Accepted);
        Assert.Equal(SignInStatus.Failed, signIn.Resume(_output).Status);
        Assert.Equal(SignInFailure.TokenRefused, signIn.Failure);
    }

    [Fact]
    public void Too_many_tokens_get_the_message_of_rds_and_the_name_of_the_setting()
    {
        var signIn = Begun(TokenTerms(ClientSignInMethod.ScramSha256));
        Feed(signIn, Password("tok"));
        Assert.IsType<TokenCheck>(signIn.Work).Decide(TokenVerdict.TooMany);
        Assert.Equal(SignInStatus.Failed, signIn.Resume(_output).Status);
        Assert.Equal(
            "The IAM authentication failed because of too many competing requests.", signIn.Error!.Message);
        Assert.Contains("TokenSignInsPerSecond", signIn.Error.Hint);
    }

    [Fact]
    public void A_refused_token_gets_the_message_of_rds()
    {
        var signIn = Begun(TokenTerms(ClientSignInMethod.ScramSha256));
        Assert.Equal(SignInStatus.NeedsWork, Feed(signIn, Password("tok")).Status);
        var check = Assert.IsType<TokenCheck>(signIn.Work);
        Assert.True(check.Token.FixedTimeEquals("tok"u8));
        check.Decide(TokenVerdict.Refused);
        Assert.Equal(SignInStatus.Failed, signIn.Resume(_output).Status);
        Assert.Equal("28P01", signIn.Error!.SqlState);
        Assert.Equal(
            "The IAM authentication failed for the role alice."
            + " Check the IAM token for this role and try again.",
            signIn.Error.Message);
    }

    [Theory]
    [InlineData(null, true, "connection requires a valid client certificate")]
    [InlineData("alice", false, "connection requires a valid client certificate")]
    [InlineData("bob", true, "certificate authentication failed for user \"alice\"")]
    [InlineData("Alice", true, "certificate authentication failed for user \"alice\"")]
    [InlineData("", true, "certificate authentication failed for user \"alice\"")]
    public void A_certificate_must_name_the_user(string? name, bool isTls, string message)
    {
        var signIn = new ClientSignIn(
            Terms(ClientSignInMethod.Certificate, Known("x"), isTls) with { CertificateName = name });
        Assert.Equal(SignInStatus.Failed, signIn.Begin(_output).Status);
        Assert.Equal(("28000", message), (signIn.Error!.SqlState, signIn.Error.Message));
    }

    [Fact]
    public void Trust_ends_at_this_machine()
    {
        var signIn = new ClientSignIn(Terms(ClientSignInMethod.Trust, Known("x")));
        Assert.Equal(SignInStatus.Failed, signIn.Begin(_output).Status);
        Assert.Equal(SignInFailure.NotLocal, signIn.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x\0y\0")]
    [InlineData("x\0y")]
    public void A_password_message_is_one_text(string body)
    {
        foreach (var method in new[] { ClientSignInMethod.Password, ClientSignInMethod.Md5 })
        {
            var signIn = Begun(Terms(method, Known("x")));
            Assert.Equal(SignInStatus.Failed, Feed(signIn, Message(body)).Status);
            Assert.Equal("08P01", signIn.Error!.SqlState);
        }
    }

    [Fact]
    public void An_empty_password_is_refused_for_all_alike()
    {
        foreach (ClientCredential credential in new[]
            { Known("x"), new ClientCredential.Unknown(UnknownKind.Password), Stored("x") })
        {
            var signIn = Begun(Terms(ClientSignInMethod.Password, credential));
            Feed(signIn, Message("\0"));
            Assert.Equal("28P01", signIn.Error!.SqlState);
            Assert.Equal("empty password returned by client", signIn.Error.Message);
        }
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", -2)]
    [InlineData("SCRAM-SHA-256", 1000)]
    [InlineData("SCRAM-SHA-256", int.MinValue)]
    [InlineData("SCRAM-SHA-256", int.MaxValue)]
    [InlineData("SCRAM-SHA-256", 3)]
    public void An_initial_response_with_a_wrong_length_is_refused(string mechanism, int length)
    {
        var signIn = Begun(Terms(ClientSignInMethod.ScramSha256, Known("x"), isTls: false));
        var message = new ByteBuffer();
        var mark = MessageWriter.Begin(message, (byte)'p');
        MessageWriter.Text(message, mechanism);
        message.WriteInt32(length);
        message.Write("n,,n=,r=abc"u8);
        MessageWriter.End(message, mark);
        Assert.Equal(SignInStatus.Failed, Feed(signIn, message.Written.ToArray()).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
    }

    [Fact]
    public void A_mechanism_without_data_is_asked_once_more()
    {
        var signIn = Begun(Terms(ClientSignInMethod.ScramSha256, Known("x"), isTls: false));
        _output.Clear();
        var initial = Message("SCRAM-SHA-256\0\uffff\uffff\uffff\uffff");
        Assert.Equal(SignInStatus.NeedMore, Feed(signIn, initial).Status);
        Assert.Equal("52000000080000000B", Convert.ToHexString(_output.Written));
        Assert.Equal(SignInStatus.NeedMore, Feed(signIn, Message("n,,n=,r=abc")).Status);
        Assert.Equal(SignInStatus.Failed, Feed(signIn, Message("")).Status);
        Assert.Equal("The message is empty.", signIn.Error!.Detail);
    }

    [Fact]
    public void A_final_message_without_a_nonce_is_refused_for_unknown_users_too() // CVE-2026-19888
    {
        foreach (var credential in KnownAndUnknown)
        {
            var signIn = Begun(Terms(ClientSignInMethod.ScramSha256, credential, isTls: false));
            Feed(signIn, Initial("SCRAM-SHA-256", "n,,n=,r=abc"));
            Assert.Equal(SignInStatus.Failed, Feed(signIn, Message("c=biws")).Status);
            Assert.Equal("malformed SCRAM message", signIn.Error!.Message);
            Assert.Equal(SignInFailure.ProtocolViolated, signIn.Failure);
        }
    }

    [Fact]
    public void What_follows_the_proof_is_left_to_the_session()
    {
        var signIn = Begun(Terms(ClientSignInMethod.Password, Known("x")));
        var message = Password("x");
        var step = Feed(signIn, [.. message, (byte)'Q', 0, 0]);
        Assert.Equal(new SignInStep(SignInStatus.Done, message.Length), step);
        Assert.True(signIn.ReceivedPassword!.FixedTimeEquals("x"u8));
        signIn.Dispose();
        Assert.True(signIn.ReceivedPassword.FixedTimeEquals("\0"u8));
    }

    [Fact]
    public void Errors_hold_no_secret()
    {
        var signIn = Begun(Terms(ClientSignInMethod.Password, Known("hunter2")));
        Feed(signIn, Password("hunter3"));
        Assert.DoesNotContain("hunter", Encoding.UTF8.GetString(_output.Written));
        Assert.DoesNotContain("hunter", signIn.Error!.ToString());
    }

    [Fact]
    public void Random_messages_fail_and_do_nothing_else() => Gen.Select(
        Gen.OneOf(ClientSignInMethod.ScramSha256, ClientSignInMethod.Md5, ClientSignInMethod.Password),
        Gen.Bool,
        Gen.Byte.Array[0, 60].Array[1, 4]).Sample((method, isKnown, bodies) =>
        {
            var signIn = new ClientSignIn(
                Terms(method, isKnown ? Known("x") : new ClientCredential.Unknown(UnknownKind.Password)));
            var output = new ByteBuffer();
            signIn.Begin(output);
            foreach (var body in bodies)
            {
                var message = new ByteBuffer();
                var mark = MessageWriter.Begin(message, (byte)'p');
                message.Write(body);
                MessageWriter.End(message, mark);
                var step = signIn.Feed(message.Written, output);
                Assert.NotEqual(SignInStatus.Done, step.Status);
                if (step.Status == SignInStatus.Failed)
                    return;
            }
        });

    [Fact]
    public void Mutated_exchanges_succeed_only_unchanged() => Gen.Select(
        Gen.Bool, Gen.Int[0, 300], Gen.Byte, Gen.Int[0, 3]).Sample((isFirst, at, value, kind) =>
        {
            var terms = Terms(ClientSignInMethod.ScramSha256, Known("secret"), isTls: false);
            var signIn = new ClientSignIn(terms);
            var output = new ByteBuffer();
            signIn.Begin(output);
            var known = (ClientCredential.Password)Known("secret");
            var keys = ScramKeys.Derive("secret"u8, known.Verifier.Salt, known.Verifier.Iterations);
            var client = new ScramClient(ScramSecret.Of(keys, known.Verifier), [], false);
            var first = Initial("SCRAM-SHA-256", Encoding.ASCII.GetString(client.First()));
            var sent = isFirst ? Mutation.Of(first, at, value, kind) : first;
            output.Clear();
            var isChanged = !sent.AsSpan().SequenceEqual(first);
            if (signIn.Feed(sent, output).Status == SignInStatus.Failed || output.Length == 0)
                return;
            if (client.TakeFirst(output.Written[9..]) == ScramClientStatus.Failed)
                return;
            var final = Message(Encoding.ASCII.GetString(client.Final()));
            sent = isFirst ? final : Mutation.Of(final, at, value, kind);
            isChanged |= !sent.AsSpan().SequenceEqual(final);
            // A byte put in behind the whole message belongs to the next one.
            isChanged &= !sent.AsSpan().StartsWith(final);
            Assert.Equal(isChanged, signIn.Feed(sent, output).Status != SignInStatus.Done);
        });

    private ClientSignIn Begun(ClientSignInTerms terms)
    {
        var signIn = new ClientSignIn(terms);
        Assert.Equal(SignInStatus.NeedMore, signIn.Begin(_output).Status);
        return signIn;
    }

    private SignInStep Feed(ClientSignIn signIn, byte[] window) => signIn.Feed(window, _output);

    private static byte[] Message(string body)
    {
        var message = new ByteBuffer();
        var mark = MessageWriter.Begin(message, (byte)'p');
        foreach (var letter in body)
            message.WriteByte((byte)letter);
        MessageWriter.End(message, mark);
        return message.Written.ToArray();
    }

    private static byte[] Password(string password) => Message(password + "\0");

    private static byte[] Initial(string mechanism, string data)
    {
        var message = new ByteBuffer();
        ClientMessageWriter.SaslInitialResponse(message, mechanism, Encoding.ASCII.GetBytes(data));
        return message.Written.ToArray();
    }
}
