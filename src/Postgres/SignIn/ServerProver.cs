using Sento.Base;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>
/// Answers a server's Authentication messages, as far as the terms allow. PostgreSQL 18, Message Flow.
/// </summary>
internal sealed class ServerProver(ServerSignInTerms terms)
{
    private ScramClient? _scram;
    private Phase _phase;

    public enum Outcome { Continue, NeedsWork, Refused, Accepted }

    private enum Phase { AwaitsRequest, AwaitsSaslContinue, AwaitsSaslFinal, AwaitsOk, Over }

    /// <summary>The server has asked for something.</summary>
    public bool HasBegun => _phase != Phase.AwaitsRequest;

    public KeyDerivation? Work => _scram?.Work;

    /// <summary>Set when refused.</summary>
    public ServerSignInError? Refusal { get; private set; }

    /// <exception cref="ProtocolViolation">The message does not belong here, or is malformed.</exception>
    public Outcome Take(ReadOnlySpan<byte> body, ByteBuffer output)
    {
        var reader = new MessageReader(body);
        var code = reader.ReadInt32();
        switch (code, _phase)
        {
            case (AuthenticationCode.Ok, Phase.AwaitsRequest or Phase.AwaitsOk):
                reader.ExpectEnd();
                return Accept();
            case (AuthenticationCode.CleartextPassword, Phase.AwaitsRequest):
                reader.ExpectEnd();
                return AnswerCleartext(output);
            case (AuthenticationCode.Md5Password, Phase.AwaitsRequest):
                var salt = reader.ReadBytes(4);
                reader.ExpectEnd();
                return AnswerMd5(salt, output);
            case (AuthenticationCode.Sasl, Phase.AwaitsRequest):
                return AnswerSasl(ref reader, output);
            case (AuthenticationCode.SaslContinue, Phase.AwaitsSaslContinue):
                return AnswerSaslContinue(reader.ReadRest(), output);
            case (AuthenticationCode.SaslFinal, Phase.AwaitsSaslFinal):
                return TakeSaslFinal(reader.ReadRest());
            case (_, Phase.AwaitsRequest):
                return Refuse($"the server asks for {NameOf(code)}, which is not supported");
            default:
                throw new ProtocolViolation("the server sent an authentication message out of order");
        }
    }

    public void Resume(ByteBuffer output)
    {
        _scram!.Resume();
        WriteFinal(output);
    }

    /// <summary>A server that asks for nothing has not proved that it knows the password.</summary>
    private Outcome Accept()
    {
        if (terms.Proof >= ServerProof.Scram && _scram is null)
            return Refuse("the server asks for no password, but SCRAM is required");
        _phase = Phase.Over;
        return Outcome.Accepted;
    }

    private Outcome AnswerCleartext(ByteBuffer output)
    {
        if (terms.Proof >= ServerProof.Scram)
            return Refuse("the server asks for the password in clear text, but SCRAM is required");
        if (terms.Proof == ServerProof.ClearTextOverTls && !terms.IsTls)
            return Refuse("the server asks for the password in clear text without TLS");
        if (!HasUsablePassword())
            return RefuseWithoutPassword();
        ClientMessageWriter.PasswordMessage(output, terms.Credential.Password!.Span);
        _phase = Phase.AwaitsOk;
        return Outcome.Continue;
    }

    private Outcome AnswerMd5(ReadOnlySpan<byte> salt, ByteBuffer output)
    {
        if (terms.Proof >= ServerProof.Scram)
            return Refuse("the server asks for the password by MD5, but SCRAM is required");
        if (terms.Credential.Md5 is null && !HasUsablePassword())
            return RefuseWithoutPassword();
        var verifier = terms.Credential.Md5 is { } known
            ? known.Text
            : Md5Password.Verifier(terms.Credential.Password!.Span, terms.User);
        ClientMessageWriter.PasswordMessage(output, Md5Password.Answer(verifier, salt));
        _phase = Phase.AwaitsOk;
        return Outcome.Continue;
    }

    /// <summary>String* Byte1(0): the mechanisms that the server offers.</summary>
    private Outcome AnswerSasl(ref MessageReader reader, ByteBuffer output)
    {
        var hasPlain = false;
        var hasPlus = false;
        for (var name = reader.ReadText(); !name.IsEmpty; name = reader.ReadText())
        {
            hasPlain |= name.SequenceEqual("SCRAM-SHA-256"u8);
            hasPlus |= name.SequenceEqual("SCRAM-SHA-256-PLUS"u8);
        }
        reader.ExpectEnd();
        var hash = terms.IsTls ? terms.EndPointHash.Span : [];
        var isPlus = hasPlus && !hash.IsEmpty;
        if (!isPlus && !hasPlain)
            return Refuse("none of the server's SASL authentication mechanisms are supported");
        if (!isPlus && terms.Proof == ServerProof.ScramBound)
            return Refuse("channel binding is required, but the server does not offer it on this connection");
        if (terms.Credential.Scram is not { } secret)
            return RefuseWithoutPassword();
        _scram = new ScramClient(secret, hash, hasPlus);
        ClientMessageWriter.SaslInitialResponse(output, _scram.Mechanism, _scram.First());
        _phase = Phase.AwaitsSaslContinue;
        return Outcome.Continue;
    }

    private Outcome AnswerSaslContinue(ReadOnlySpan<byte> data, ByteBuffer output)
    {
        switch (_scram!.TakeFirst(data))
        {
            case ScramClientStatus.Failed:
                return Refuse(_scram.Error!);
            case ScramClientStatus.NeedsKeys:
                return Outcome.NeedsWork;
            default:
                WriteFinal(output);
                return Outcome.Continue;
        }
    }

    private void WriteFinal(ByteBuffer output)
    {
        ClientMessageWriter.SaslResponse(output, _scram!.Final());
        _phase = Phase.AwaitsSaslFinal;
    }

    private Outcome TakeSaslFinal(ReadOnlySpan<byte> data)
    {
        if (_scram!.TakeFinal(data) == ScramClientStatus.Failed)
            return Refuse(_scram.Error!);
        _phase = Phase.AwaitsOk;
        return Outcome.Continue;
    }

    /// <summary>A zero byte would end the message early: such a password cannot be sent.</summary>
    private bool HasUsablePassword() =>
        terms.Credential.Password is { Length: > 0 } password && !password.Span.Contains((byte)0);

    private Outcome RefuseWithoutPassword() =>
        Refuse("the server asks for a password, and there is none that can be sent");

    private Outcome Refuse(string reason)
    {
        _phase = Phase.Over;
        Refusal = new ServerSignInError(SqlState.InvalidAuthorizationSpecification, reason, null);
        return Outcome.Refused;
    }

    private static string NameOf(int code) => code switch
    {
        AuthenticationCode.KerberosV5 => "Kerberos",
        AuthenticationCode.Gss => "GSSAPI",
        AuthenticationCode.Sspi => "SSPI",
        _ => "an authentication method",
    };
}
