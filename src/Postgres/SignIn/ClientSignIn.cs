using System.Security.Cryptography;
using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>Our side towards a client that has sent its StartupMessage. Pure; one for each sign-in.</summary>
/// <remarks>
/// Each phase takes one kind of message and nothing else: a second StartupMessage, a query or anything
/// too long ends the sign-in before it is read. The user never changes. A user who does not exist gets
/// the same messages, the same work and the same error as a wrong password. PostgreSQL 18, Message Flow,
/// Start-up and SASL Authentication.
/// </remarks>
public sealed class ClientSignIn : IDisposable
{
    private readonly ClientSignInTerms _terms;
    private Phase _phase;
    private ScramServer? _scram;
    private byte[] _md5Salt = [];
    private SecretBytes? _received;

    public ClientSignIn(ClientSignInTerms terms)
    {
        Invariant.Holds(terms.User.Length > 0);
        _terms = terms;
    }

    private enum Phase
    {
        NotBegun,
        AwaitsPassword,
        AwaitsMd5,
        AwaitsSaslInitial,
        AwaitsSaslFirst,
        AwaitsSaslFinal,
        AwaitsWork,
        Done,
        Failed,
    }

    public string User => _terms.User;

    /// <summary>
    /// Set with NeedsWork: a <see cref="KeyDerivation"/> to run or a <see cref="TokenCheck"/> to decide.
    /// </summary>
    public SignInWork? Work { get; private set; }

    /// <summary>Set when failed; already written to the output.</summary>
    public SignInError? Error { get; private set; }

    /// <summary>Set when failed: what the log may say and the client may not know.</summary>
    public SignInFailure Failure { get; private set; }

    /// <summary>
    /// After SCRAM: what the client's proof has shown, good for servers that hold the same verifier.
    /// </summary>
    public ScramKeys? Keys => _scram?.Keys;

    /// <summary>
    /// After a password in clear text that was right; null otherwise. Until <see cref="Dispose"/>.
    /// </summary>
    public SecretBytes? ReceivedPassword => _phase == Phase.Done ? _received : null;

    /// <summary>The client has proved that nobody sits between it and us.</summary>
    public bool IsChannelBound => _scram?.IsBound ?? false;

    /// <summary>Asks the client for its proof, or settles the matter at once.</summary>
    public SignInStep Begin(ByteBuffer output)
    {
        Invariant.Holds(_phase == Phase.NotBegun);
        if (AsksForToken)
            return AskPassword(output);
        return _terms.Method switch
        {
            ClientSignInMethod.ScramSha256 => AskScram(output),
            ClientSignInMethod.Md5 => PasswordProof.HasScramOnly(_terms) ? AskScram(output) : AskMd5(output),
            ClientSignInMethod.Password => AskPassword(output),
            ClientSignInMethod.Certificate => CheckCertificate(output),
            ClientSignInMethod.Trust => CheckLocal(output),
            _ => throw new InvariantBroken("unknown sign-in method"),
        };
    }

    /// <summary>Wipes what the client has shown. Not while work runs.</summary>
    public void Dispose() => _received?.Dispose();

    /// <summary>Takes whole messages from the window. Not while work is owed, nor after the end.</summary>
    public SignInStep Feed(ReadOnlySpan<byte> window, ByteBuffer output)
    {
        Invariant.Holds(_phase is >= Phase.AwaitsPassword and <= Phase.AwaitsSaslFinal);
        var consumed = 0;
        while (true)
        {
            var rest = window[consumed..];
            if (rest.IsEmpty)
                return new SignInStep(SignInStatus.NeedMore, consumed, MessageHeader.Bytes);
            // The code decides before the length is even there: a StartupMessage begins with a zero byte.
            if (rest[0] != ClientCode.Password)
                return Violation(output, consumed, Unexpected(rest[0]));
            if (rest.Length < MessageHeader.Bytes)
                return new SignInStep(SignInStatus.NeedMore, consumed, MessageHeader.Bytes);
            SignInStep step;
            try
            {
                MessageHeader.TryRead(rest, out var header);
                if (header.BodyBytes > Limits.SignInBytesMax)
                    return Violation(output, consumed, SignInError.Protocol("invalid password packet size"));
                if (rest.Length < header.TotalBytes)
                    return new SignInStep(SignInStatus.NeedMore, consumed, header.TotalBytes);
                consumed += header.TotalBytes;
                step = Take(rest[MessageHeader.Bytes..header.TotalBytes], output);
            }
            catch (ProtocolViolation violation)
            {
                return Violation(output, consumed, SignInError.Protocol(violation.Message));
            }
            if (step.Status != SignInStatus.NeedMore)
                return step with { Consumed = consumed };
        }
    }

    /// <summary>Goes on after <see cref="Work"/> has been done.</summary>
    public SignInStep Resume(ByteBuffer output)
    {
        Invariant.Holds(_phase == Phase.AwaitsWork);
        var work = Work;
        Work = null;
        if (work is TokenCheck check)
        {
            Invariant.Holds(check.Verdict is not null);
            return TakeVerdict(check.Verdict.Value, output);
        }
        var keys = ((KeyDerivation)work!).Keys;
        Invariant.Holds(keys is not null);
        var isRight = PasswordProof.VerifierOf(_terms).Matches(keys) & !PasswordProof.IsDoomed(_terms);
        return isRight ? Succeed(output) : WrongPassword(output);
    }

    private SignInStep AskScram(ByteBuffer output)
    {
        var hash = _terms.IsTls ? _terms.EndPointHash.Span : [];
        var verifier = PasswordProof.VerifierOf(_terms);
        _scram = PasswordProof.IsDoomed(_terms)
            ? ScramServer.Doomed(verifier, hash)
            : ScramServer.For(verifier, hash, others: PasswordProof.OthersOf(_terms));
        _scram.WriteOffer(output);
        return Await(Phase.AwaitsSaslInitial);
    }

    private SignInStep AskMd5(ByteBuffer output)
    {
        _md5Salt = RandomBytes.Next(4);
        MessageWriter.AuthenticationMd5Password(output, _md5Salt);
        return Await(Phase.AwaitsMd5);
    }

    private SignInStep AskPassword(ByteBuffer output)
    {
        if (!_terms.IsTls)
            return Refuse(output, SignInFailure.TlsMissing, ClientSignInErrors.TlsMissing(
                _terms.Tokens == TokenUse.Required));
        MessageWriter.AuthenticationCleartextPassword(output);
        return Await(Phase.AwaitsPassword);
    }

    private SignInStep CheckCertificate(ByteBuffer output)
    {
        if (!_terms.IsTls || _terms.CertificateName is null)
            return Refuse(output, SignInFailure.CertificateMissing, ClientSignInErrors.CertificateMissing);
        return string.Equals(_terms.CertificateName, User, StringComparison.Ordinal)
            ? Succeed(output)
            : Refuse(output, SignInFailure.CertificateOfAnotherUser, ClientSignInErrors.Certificate(User));
    }

    private SignInStep CheckLocal(ByteBuffer output) => _terms.IsLocal
        ? Succeed(output)
        : Refuse(output, SignInFailure.NotLocal, ClientSignInErrors.Trust(User));

    private SignInStep Take(ReadOnlySpan<byte> body, ByteBuffer output) => _phase switch
    {
        Phase.AwaitsPassword => TakePassword(body, output),
        Phase.AwaitsMd5 => TakeMd5(body, output),
        Phase.AwaitsSaslInitial => TakeSaslInitial(body, output),
        Phase.AwaitsSaslFirst => TakeSaslFirst(body, output),
        Phase.AwaitsSaslFinal => TakeSaslFinal(body, output),
        _ => throw new InvariantBroken("a message in a phase that takes none"),
    };

    private SignInStep TakePassword(ReadOnlySpan<byte> body, ByteBuffer output)
    {
        var password = ReadPassword(body);
        if (password.IsEmpty)
            return EmptyPassword(output);
        _received = new SecretBytes(password);
        if (_terms.Tokens == TokenUse.Required
            || (_terms.Tokens == TokenUse.Accepted && TokenForm.IsToken(password)))
            return AwaitWork(new TokenCheck(_received));
        if (PasswordProof.IsPassword(_terms, password) is { } isRight)
            return isRight ? Succeed(output) : WrongPassword(output);
        var verifier = PasswordProof.VerifierOf(_terms);
        return AwaitWork(new KeyDerivation(_received, verifier.Salt, verifier.Iterations));
    }

    /// <summary>Who is not known stays out, whatever the token: there is no secret to go on with.</summary>
    private SignInStep TakeVerdict(TokenVerdict verdict, ByteBuffer output)
    {
        _received!.Dispose();
        _received = null;
        if (verdict == TokenVerdict.TooMany)
            return Refuse(output, SignInFailure.TokensTooMany, ClientSignInErrors.TokensTooMany);
        return verdict == TokenVerdict.Accepted && _terms.Credential is not ClientCredential.Unknown
            ? Succeed(output)
            : Refuse(output, SignInFailure.TokenRefused, ClientSignInErrors.Token(User));
    }

    private SignInStep TakeMd5(ReadOnlySpan<byte> body, ByteBuffer output)
    {
        var answer = ReadPassword(body);
        if (answer.IsEmpty)
            return EmptyPassword(output);
        return PasswordProof.IsMd5Answer(_terms, _md5Salt, answer) ? Succeed(output) : WrongPassword(output);
    }

    /// <summary>String(mechanism) Int32(length, or -1: no data) data.</summary>
    private SignInStep TakeSaslInitial(ReadOnlySpan<byte> body, ByteBuffer output)
    {
        var reader = new MessageReader(body);
        var mechanism = reader.ReadText();
        var length = reader.ReadInt32();
        var data = length == -1 ? [] : reader.ReadBytes(length);
        reader.ExpectEnd();
        if (!_scram!.TrySelect(mechanism))
            return Malformed(output);
        if (length != -1)
            return TakeSaslFirst(data, output);
        // A client may choose its mechanism without data; it is asked once more, with an empty challenge.
        MessageWriter.AuthenticationSaslContinue(output, []);
        return Await(Phase.AwaitsSaslFirst);
    }

    private SignInStep TakeSaslFirst(ReadOnlySpan<byte> data, ByteBuffer output)
    {
        if (!_scram!.TakeFirst(data, out var reply))
            return Malformed(output);
        MessageWriter.AuthenticationSaslContinue(output, reply);
        return Await(Phase.AwaitsSaslFinal);
    }

    private SignInStep TakeSaslFinal(ReadOnlySpan<byte> data, ByteBuffer output)
    {
        if (!_scram!.TakeFinal(data, out var reply))
            return _scram.Status == ScramServerStatus.WrongProof ? WrongPassword(output) : Malformed(output);
        MessageWriter.AuthenticationSaslFinal(output, reply);
        return Succeed(output);
    }

    private static ReadOnlySpan<byte> ReadPassword(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var password = reader.ReadText();
        reader.ExpectEnd();
        return password;
    }

    /// <summary>
    /// The question that a token can answer. Where passwords do too, a client without TLS is asked for a
    /// proof that does not show its password, and a token can't be sent.
    /// </summary>
    private bool AsksForToken => _terms.Tokens == TokenUse.Required
        || (_terms.Tokens == TokenUse.Accepted && _terms.IsTls);

    private bool ProvesByPassword => AsksForToken
        || _terms.Method is not (ClientSignInMethod.Certificate or ClientSignInMethod.Trust);

    private SignInStep Await(Phase phase)
    {
        _phase = phase;
        return new SignInStep(SignInStatus.NeedMore, 0, MessageHeader.Bytes);
    }

    private SignInStep AwaitWork(SignInWork work)
    {
        Work = work;
        _phase = Phase.AwaitsWork;
        return new SignInStep(SignInStatus.NeedsWork, 0);
    }

    private SignInStep Succeed(ByteBuffer output)
    {
        Invariant.Holds(_terms.Credential is not ClientCredential.Unknown || !ProvesByPassword);
        _phase = Phase.Done;
        MessageWriter.AuthenticationOk(output);
        return new SignInStep(SignInStatus.Done, 0);
    }

    private SignInStep WrongPassword(ByteBuffer output)
    {
        var failure = _terms.Credential is ClientCredential.Unknown
            ? SignInFailure.UserUnknown
            : SignInFailure.PasswordWrong;
        return Refuse(output, failure, ClientSignInErrors.WrongPassword(User));
    }

    private SignInStep EmptyPassword(ByteBuffer output) =>
        Refuse(output, SignInFailure.PasswordEmpty, ClientSignInErrors.EmptyPassword);

    /// <summary>What the SCRAM exchange has refused, for a reason of its own.</summary>
    private SignInStep Malformed(ByteBuffer output)
    {
        var error = _scram!.Error!;
        var failure = error.SqlState == SqlState.InvalidAuthorizationSpecification
            ? SignInFailure.ChannelBindingFailed
            : SignInFailure.ProtocolViolated;
        return Refuse(output, failure, error);
    }

    private SignInStep Violation(ByteBuffer output, int consumed, SignInError error) =>
        Refuse(output, SignInFailure.ProtocolViolated, error) with { Consumed = consumed };

    private SignInStep Refuse(ByteBuffer output, SignInFailure failure, SignInError error)
    {
        _phase = Phase.Failed;
        _received?.Dispose();
        Failure = failure;
        Error = error;
        error.Write(output);
        return new SignInStep(SignInStatus.Failed, 0);
    }

    private SignInError Unexpected(byte code)
    {
        var expected = _phase is Phase.AwaitsPassword or Phase.AwaitsMd5 ? "password" : "SASL";
        return SignInError.Protocol($"expected {expected} response, got message type {code}");
    }
}
