using System.Text;
using CsCheck;
using Sento.Base;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;
using Xunit;
using static Sento.Tests.Unit.Postgres.SignIn.SignInTalk;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class ServerSignInTests
{
    private readonly ByteBuffer _output = new();
    private readonly ByteBuffer _server = new();

    [Fact]
    public void The_startup_message_names_user_database_and_settings()
    {
        Begun(Dialing("p") with { Settings = [new("client_encoding", "UTF8")] });
        var verdict = new StartupReader().Read(_output.Written, isTls: true);
        var startup = Assert.IsType<StartupVerdict.Startup>(verdict).Parameters;
        Assert.Equal((User, "d", 0), (startup.User, startup.Database, startup.Minor));
        Assert.Equal("client_encoding", Assert.Single(startup.Settings).Key);
    }

    [Fact]
    public void Settings_that_do_not_fit_fail_before_anything_is_sent()
    {
        var signIn = new ServerSignIn(Dialing("p") with { Settings = [new("a", new string('x', 10_000))] });
        Assert.Equal(SignInStatus.Failed, signIn.Begin(_output).Status);
        Assert.Equal(0, _output.Length);
    }

    [Fact]
    public void Parameters_and_key_are_collected()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        MessageWriter.ParameterStatus(_server, "a", "1");
        MessageWriter.NoticeResponse(_server, Severity.Warning, "01000", "hello");
        MessageWriter.ParameterStatus(_server, "b", "2");
        MessageWriter.ParameterStatus(_server, "a", "3");
        MessageWriter.BackendKeyData(_server, 7, [1, 2, 3, 4]);
        MessageWriter.ReadyForQuery(_server, (byte)'I');
        Assert.Equal(SignInStatus.Done, Feed(signIn).Status);
        Assert.Equal(["a=3", "b=2"], signIn.Parameters.Select(one => $"{one.Name}={one.Text}"));
        Assert.Equal(7, signIn.ProcessId);
        Assert.Equal([1, 2, 3, 4], signIn.Key.ToArray());
    }

    [Fact]
    public void A_server_without_cancel_keys_is_accepted()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        MessageWriter.ReadyForQuery(_server, (byte)'I');
        Assert.Equal(SignInStatus.Done, Feed(signIn).Status);
        Assert.True(signIn.Key.IsEmpty);
    }

    [Fact]
    public void A_value_in_another_encoding_is_kept_as_it_came()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        var mark = MessageWriter.Begin(_server, (byte)'S');
        _server.Write([(byte)'a', 0, 0xe4, 0]);
        MessageWriter.End(_server, mark);
        MessageWriter.ReadyForQuery(_server, (byte)'I');
        Assert.Equal(SignInStatus.Done, Feed(signIn).Status);
        Assert.Equal([0xe4], signIn.Parameters[0].Value.ToArray());
    }

    [Fact]
    public void The_server_s_error_is_kept_whole()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.ErrorResponse(_server, Severity.Fatal, "53300", "sorry, too many clients already");
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal("53300", signIn.Error!.SqlState);
        Assert.Equal("sorry, too many clients already", signIn.Error.Message);
        Assert.True(signIn.Error.Fields!.Body.SequenceEqual(_server.Written[5..]));
    }

    [Fact]
    public void An_error_without_sqlstate_is_a_failure_like_any_other() // CVE-2026-6666
    {
        foreach (var body in new[] { "SFATAL\0Mno\0\0", "\0", "C\0\0", "Mno\0C12\0\0" })
        {
            var signIn = Begun(Dialing("p"));
            Assert.Equal(SignInStatus.Failed, signIn.Feed(Raw('E', body), _output).Status);
            Assert.Equal("08006", signIn.Error!.SqlState);
            Assert.NotNull(signIn.Error.Message);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mno")]
    [InlineData("Mno\0")]
    [InlineData("Mno\0\0x")]
    public void A_broken_error_is_a_violation(string body)
    {
        var signIn = Begun(Dialing("p"));
        Assert.Equal(SignInStatus.Failed, signIn.Feed(Raw('E', body), _output).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
        Assert.Null(signIn.Error.Fields);
    }

    [Theory]
    [InlineData(ServerProof.Anything, false, true)]
    [InlineData(ServerProof.ClearTextOverTls, false, false)]
    [InlineData(ServerProof.ClearTextOverTls, true, true)]
    [InlineData(ServerProof.Scram, true, false)]
    [InlineData(ServerProof.ScramBound, true, false)]
    public void Clear_text_is_given_where_the_terms_allow(ServerProof proof, bool isTls, bool isGiven)
    {
        var signIn = Begun(Dialing("secret", isTls) with { Proof = proof });
        _output.Clear();
        MessageWriter.AuthenticationCleartextPassword(_server);
        Assert.Equal(isGiven ? SignInStatus.NeedMore : SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal(isGiven, _output.Written.IndexOf("secret"u8) >= 0);
        if (!isGiven)
            Assert.Equal("28000", signIn.Error!.SqlState);
    }

    [Theory]
    [InlineData(ServerProof.ClearTextOverTls, true)]
    [InlineData(ServerProof.Scram, false)]
    public void Md5_and_nothing_are_enough_where_the_terms_allow(ServerProof proof, bool isEnough)
    {
        var expected = isEnough ? SignInStatus.NeedMore : SignInStatus.Failed;
        MessageWriter.AuthenticationMd5Password(_server, [1, 2, 3, 4]);
        Assert.Equal(expected, Feed(Begun(Dialing("secret") with { Proof = proof })).Status);
        _server.Clear();
        MessageWriter.AuthenticationOk(_server);
        Assert.Equal(expected, Feed(Begun(Dialing("secret") with { Proof = proof })).Status);
    }

    [Theory]
    [InlineData(2, "Kerberos")]
    [InlineData(7, "GSSAPI")]
    [InlineData(9, "SSPI")]
    [InlineData(4, "an authentication method")]
    [InlineData(-1, "an authentication method")]
    [InlineData(11, "an authentication method")]
    [InlineData(12, "an authentication method")]
    public void Other_methods_are_refused_by_name(int code, string name)
    {
        var mark = MessageWriter.Begin(_server, (byte)'R');
        _server.WriteInt32(code);
        MessageWriter.End(_server, mark);
        var signIn = Begun(Dialing("p"));
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal($"the server asks for {name}, which is not supported", signIn.Error!.Message);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", true, ServerProof.Scram, "SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256 SCRAM-SHA-256-PLUS", true, ServerProof.Scram, "SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-256-PLUS SCRAM-SHA-256", false, ServerProof.Scram, "SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS", true, ServerProof.ScramBound, "SCRAM-SHA-256-PLUS")]
    [InlineData("OAUTHBEARER SCRAM-SHA-256", true, ServerProof.Anything, "SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256", true, ServerProof.ScramBound, null)]
    [InlineData("SCRAM-SHA-256-PLUS", false, ServerProof.Anything, null)]
    [InlineData("OAUTHBEARER", true, ServerProof.Anything, null)]
    [InlineData("", true, ServerProof.Anything, null)]
    public void The_strongest_mechanism_that_both_know_is_chosen(
        string offered, bool isTls, ServerProof proof, string? chosen)
    {
        var signIn = Begun(Dialing("p", isTls) with { Proof = proof });
        _output.Clear();
        MessageWriter.AuthenticationSasl(_server, offered.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(chosen is null ? SignInStatus.Failed : SignInStatus.NeedMore, Feed(signIn).Status);
        if (chosen is not null)
            Assert.StartsWith(chosen + "\0", Encoding.Latin1.GetString(_output.Written[5..]));
    }

    [Fact]
    public void A_server_that_skips_its_own_proof_is_not_believed()
    {
        var signIn = Begun(Dialing("p", isTls: false));
        MessageWriter.AuthenticationSasl(_server, "SCRAM-SHA-256");
        MessageWriter.AuthenticationOk(_server);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
    }

    [Fact]
    public void An_absurd_iteration_count_fails_before_any_work() // CVE-2026-6669
    {
        var signIn = Begun(Dialing("p", isTls: false));
        _output.Clear();
        MessageWriter.AuthenticationSasl(_server, "SCRAM-SHA-256");
        Assert.Equal(SignInStatus.NeedMore, Feed(signIn).Status);
        var sent = Encoding.ASCII.GetString(_output.Written);
        var nonce = sent[(sent.IndexOf("r=", StringComparison.Ordinal) + 2)..];
        _server.Clear();
        MessageWriter.AuthenticationSaslContinue(
            _server, Encoding.ASCII.GetBytes($"r={nonce}x,s=QUFB,i=2000000000"));
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Null(signIn.Work);
        Assert.Contains("1000000", signIn.Error!.Message);
    }

    [Theory]
    [InlineData('S')]
    [InlineData('K')]
    [InlineData('Z')]
    [InlineData('T')]
    [InlineData('D')]
    [InlineData('C')]
    [InlineData('G')]
    [InlineData('A')]
    [InlineData('\0')]
    public void Nothing_but_authentication_comes_before_it(char code)
    {
        var signIn = Begun(Dialing("p"));
        Assert.Equal(SignInStatus.Failed, signIn.Feed(Raw(code, "a\0b\0"), _output).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
    }

    [Theory]
    [InlineData('R')]
    [InlineData('v')]
    [InlineData('T')]
    [InlineData('D')]
    [InlineData('C')]
    [InlineData('G')]
    [InlineData('A')]
    public void Only_start_up_messages_come_after_authentication(char code)
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        Feed(signIn);
        Assert.Equal(SignInStatus.Failed, signIn.Feed(Raw(code, "\0\0\0\0"), _output).Status);
    }

    [Theory]
    [InlineData('Z', "T")]
    [InlineData('Z', "E")]
    [InlineData('Z', "")]
    [InlineData('Z', "II")]
    [InlineData('K', "\0\0\0\u0001\0\0\0")]
    [InlineData('K', "\0\0\0\u0001\0\0\0\0\0")]
    [InlineData('K', "\0\0")]
    [InlineData('S', "a")]
    [InlineData('S', "a\0b")]
    [InlineData('S', "a\0b\0c")]
    [InlineData('N', "Mx")]
    public void Malformed_start_up_messages_are_violations(char code, string body)
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        Feed(signIn);
        Assert.Equal(SignInStatus.Failed, signIn.Feed(Raw(code, body), _output).Status);
        Assert.Equal("08P01", signIn.Error!.SqlState);
    }

    [Theory]
    [InlineData(0, 4, true)]
    [InlineData(0, 32, false)]
    [InlineData(2, 4, true)]
    [InlineData(2, 32, true)]
    [InlineData(2, 256, true)]
    [InlineData(2, 257, false)]
    public void Keys_have_the_length_of_their_protocol(int minor, int keyBytes, bool isAccepted)
    {
        var signIn = Begun(Dialing("p") with { Minor = minor });
        MessageWriter.AuthenticationOk(_server);
        Feed(signIn);
        var status = signIn.Feed(Raw('K', "abcd" + new string('k', keyBytes)), _output).Status;
        Assert.Equal(isAccepted ? SignInStatus.NeedMore : SignInStatus.Failed, status);
    }

    [Fact]
    public void A_second_key_is_a_violation()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        MessageWriter.BackendKeyData(_server, 1, [1, 2, 3, 4]);
        MessageWriter.BackendKeyData(_server, 1, [1, 2, 3, 4]);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
    }

    [Fact]
    public void An_older_server_negotiates_the_protocol_down()
    {
        var signIn = Begun(Dialing("p") with { Minor = 2 });
        MessageWriter.NegotiateProtocolVersion(_server, 0, []);
        Assert.Equal(SignInStatus.NeedMore, Feed(signIn).Status);
        Assert.Equal(0, signIn.Minor);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
    }

    [Theory]
    [InlineData(0, 0x30000, 0)] // nothing to negotiate
    [InlineData(2, 0x30002, 0)]
    [InlineData(2, 0x30003, 0)]
    [InlineData(2, 0x20000, 0)]
    [InlineData(2, 0, 0)]
    [InlineData(2, int.MinValue, 0)]
    [InlineData(2, 0x30000, 1)]
    [InlineData(2, 0x30000, int.MaxValue)]
    [InlineData(2, 0x30000, -1)]
    public void A_negotiation_that_we_left_no_room_for_is_a_violation(int minor, int version, int count)
    {
        var signIn = Begun(Dialing("p") with { Minor = minor });
        var mark = MessageWriter.Begin(_server, (byte)'v');
        _server.WriteInt32(version);
        _server.WriteInt32(count);
        MessageWriter.End(_server, mark);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
    }

    [Fact]
    public void Too_many_parameters_are_a_violation()
    {
        var signIn = Begun(Dialing("p"));
        MessageWriter.AuthenticationOk(_server);
        for (var index = 0; index <= Limits.SettingsPerSessionMax; index++)
            MessageWriter.ParameterStatus(_server, $"a{index}", "x");
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal("the server reports too many parameters", signIn.Error!.Message);
    }

    [Fact]
    public void Endless_notices_are_a_violation()
    {
        var signIn = Begun(Dialing("p"));
        var notice = Raw('N', "M" + new string('x', 60_000) + "\0\0");
        var count = 0;
        while (signIn.Feed(notice, _output).Status == SignInStatus.NeedMore)
            Assert.True(++count < 100);
        Assert.Equal("the server sent too much during sign-in", signIn.Error!.Message);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public void An_impossible_length_fails_before_the_body_comes(int length)
    {
        var signIn = Begun(Dialing("p"));
        _server.WriteByte((byte)'R');
        _server.WriteInt32(length);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_password_that_cannot_be_sent_is_not_sent(string password)
    {
        var signIn = Begun(Dialing(password));
        _output.Clear();
        MessageWriter.AuthenticationCleartextPassword(_server);
        Assert.Equal(SignInStatus.Failed, Feed(signIn).Status);
        Assert.Equal(0, _output.Length);
    }

    [Fact]
    public void Without_a_password_only_trust_signs_in()
    {
        foreach (var ask in new Action<ByteBuffer>[]
        {
            MessageWriter.AuthenticationCleartextPassword,
            output => MessageWriter.AuthenticationMd5Password(output, [1, 2, 3, 4]),
            output => MessageWriter.AuthenticationSasl(output, "SCRAM-SHA-256"),
        })
        {
            _server.Clear();
            ask(_server);
            Assert.Equal(
                SignInStatus.Failed,
                Feed(Begun(Dialing("") with { Credential = ServerCredential.None })).Status);
        }
        _server.Clear();
        MessageWriter.AuthenticationOk(_server);
        MessageWriter.ReadyForQuery(_server, (byte)'I');
        Assert.Equal(
            SignInStatus.Done, Feed(Begun(Dialing("") with { Credential = ServerCredential.None })).Status);
    }

    [Fact]
    public void Mutated_servers_are_signed_in_to_or_not_and_nothing_else() => Gen.Select(
        Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 3], Gen.Int[1, 300]).Sample((at, value, kind, pieceBytes) =>
        {
            var server = new ByteBuffer();
            MessageWriter.AuthenticationMd5Password(server, [1, 2, 3, 4]);
            MessageWriter.AuthenticationOk(server);
            MessageWriter.ParameterStatus(server, "server_version", "18.0");
            MessageWriter.NoticeResponse(server, Severity.Notice, "00000", "hello");
            MessageWriter.BackendKeyData(server, 7, [1, 2, 3, 4]);
            MessageWriter.ReadyForQuery(server, (byte)'I');
            var bytes = Mutation.Of(server.Written, at, value, kind);
            var signIn = new ServerSignIn(Dialing("p"));
            var output = new ByteBuffer();
            signIn.Begin(output);
            var seen = 0;
            for (var shown = 0; shown < bytes.Length;)
            {
                shown = Math.Min(bytes.Length, shown + pieceBytes);
                var step = signIn.Feed(bytes.AsSpan(seen, shown - seen), output);
                seen += step.Consumed;
                if (step.Status is SignInStatus.Failed or SignInStatus.Done)
                    return;
            }
        });

    private ServerSignIn Begun(ServerSignInTerms terms)
    {
        var signIn = new ServerSignIn(terms);
        Assert.Equal(SignInStatus.NeedMore, signIn.Begin(_output).Status);
        return signIn;
    }

    private SignInStep Feed(ServerSignIn signIn) => signIn.Feed(_server.Written, _output);

    private static byte[] Raw(char code, string body)
    {
        var message = new ByteBuffer();
        var mark = MessageWriter.Begin(message, (byte)code);
        message.Write(Encoding.Latin1.GetBytes(body));
        MessageWriter.End(message, mark);
        return message.Written.ToArray();
    }
}
