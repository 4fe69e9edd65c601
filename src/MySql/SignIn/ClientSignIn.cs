using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.MySql.Wire;

namespace Sento.MySql.SignIn;

/// <summary>Our side towards a client that has answered the greeting. Pure; one for each sign-in.</summary>
/// <remarks>
/// A user who does not exist gets the same packets, the same work and the same error as a wrong password.
/// The OK that ends a sign-in is not written here: it tells of the session, which is known only later.
/// </remarks>
internal sealed class ClientSignIn(ClientSignInTerms terms) : IDisposable
{
    private const byte FastAuthSuccess = 3;
    private const byte FullAuth = 4;
    private const byte PublicKeyRequest = 2;

    private Phase _phase;
    private string _plugin = "";
    private byte[] _salt = [];
    private byte[] _encrypted = [];
    private bool _isSigned;
    private SecretBytes? _given;
    private PasswordSecret? _proven;

    private enum Phase
    {
        NotBegun, AwaitsProof, AwaitsFull, AwaitsEncrypted, AwaitsSigned, AwaitsWork, Done, Failed,
    }

    /// <summary>Of our next packet.</summary>
    public byte Sequence { get; private set; } = terms.Sequence;

    /// <summary>The client showed a proof, right or wrong: MySQL's error says whether.</summary>
    public bool HasProof { get; private set; }

    /// <summary>Set when failed: more than the client may know.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>A token to be judged before <see cref="Decide(TokenVerdict)"/>; null: none.</summary>
    public SecretBytes? Token { get; private set; }

    /// <summary>Failed: what the client may know of it.</summary>
    public SignInRefusal Refusal { get; private set; }

    private bool IsSignature => _plugin is AuthPlugin.Ed25519 or AuthPlugin.Parsec;

    private bool IsUnknown =>
        terms.Secrets.IsEmpty && !terms.IsByToken && terms.Account is null or { IsDecoy: true };

    private ImmutableArray<PasswordSecret> Secrets =>
        terms.Secrets.IsEmpty ? [terms.Proven ?? terms.Decoy] : terms.Secrets;

    /// <summary>A user may have no password, or none any more.</summary>
    private bool HasEmpty
    {
        get
        {
            var hasEmpty = false;
            foreach (var secret in Secrets)
                hasEmpty |= secret.IsEmpty;
            return hasEmpty;
        }
    }

    /// <summary>
    /// The question that a token can answer. Where passwords do too, a client without TLS is asked for a
    /// proof that does not show its password, and a token can't be sent.
    /// </summary>
    private bool AsksForToken => terms.Tokens == TokenUse.Required
        || (terms.Tokens == TokenUse.Accepted && terms.IsTls);

    public SignInStep Begin(ByteBuffer output)
    {
        Invariant.Holds(_phase == Phase.NotBegun);
        var response = terms.Response;
        if (terms.IsByCertificate)
            return TakeCertificate(response.User);
        // The oldest clients name none, and prove by the greeting's salt whatever it was made for.
        var isOld = (response.Capabilities & Capabilities.PluginAuth) == 0;
        var named = isOld ? AuthPlugin.Native : response.Plugin;
        _plugin = AsksForToken ? AuthPlugin.Clear : terms.Plugin ?? Choose(named);
        if (terms.Account is { } account && !(_plugin == AuthPlugin.Clear && terms.IsPrivate))
            _plugin = account.Plugin;
        _salt = terms.GreetingSalt;
        if (AsksForToken && !terms.IsTls)
            return Fail("a token needs TLS", SignInRefusal.TokenNeedsTls);
        if (_plugin == AuthPlugin.Clear && !terms.IsPrivate)
            return Fail("a password in clear text needs TLS");
        if (named == _plugin && (isOld || terms.GreetingPlugin == _plugin))
            return TakeProof(response.Proof, output);
        if (isOld)
            return Fail($"the client can't switch to {_plugin}", SignInRefusal.OldClient);
        _salt = IsSignature ? RandomNumberGenerator.GetBytes(Ed25519Signature.NonceBytes)
            : PasswordProof.NewSalt();
        SignInPacket.WriteSwitch(output, Sequence++, _plugin, _salt);
        return Await(Phase.AwaitsProof);
    }

    /// <summary>Takes whole packets from the window. Not while work is owed, nor after the end.</summary>
    public SignInStep Feed(ReadOnlySpan<byte> window, ByteBuffer output)
    {
        Invariant.Holds(_phase is Phase.AwaitsProof or Phase.AwaitsFull or Phase.AwaitsEncrypted
            or Phase.AwaitsSigned);
        if (!SignInPacket.TryRead(window, Sequence, out var payload, out var totalBytes))
            return new SignInStep(SignInStatus.NeedMore);
        Sequence++;
        var step = _phase switch
        {
            Phase.AwaitsProof => TakeProof(payload, output),
            Phase.AwaitsFull => TakeFull(payload, output),
            _ => TakeEncrypted(payload),
        };
        return step with { Consumed = totalBytes };
    }

    /// <summary>To be run off the loop when work is needed: public-key arithmetic, SHA-crypt.</summary>
    public void RunWork()
    {
        if (IsSignature)
        {
            _isSigned = IsSigned();
            return;
        }
        _given ??= Decrypted();
        if (terms.Account is { } account && _given is { } given && account.IsPassword(given.Span))
            _proven = new PasswordSecret(given.Span);
    }

    /// <summary>Goes on after <see cref="RunWork"/>.</summary>
    public SignInStep Resume()
    {
        Invariant.Holds(_phase == Phase.AwaitsWork);
        if (IsSignature)
            return Decide(_isSigned);
        if (terms.Account is not null)
            return Decide(_proven is not null);
        return Decide(_given is not null && IsPassword(_given.Span));
    }

    /// <summary>
    /// Done: what the client has shown its account's password to be, which opens server connections; null:
    /// nothing new. The caller's from now on.
    /// </summary>
    public PasswordSecret? TakeProven()
    {
        Invariant.Holds(_phase == Phase.Done);
        var proven = _proven;
        _proven = null;
        return proven;
    }

    /// <summary>Wipes what the client has shown and nobody has taken. Not while work runs.</summary>
    public void Dispose()
    {
        _given?.Dispose();
        _proven?.Wipe();
        Token?.Dispose();
    }

    /// <summary>Goes on after the token was judged.</summary>
    public SignInStep Decide(TokenVerdict verdict)
    {
        Invariant.Holds(Token is not null);
        Token.Dispose();
        Token = null;
        if (verdict == TokenVerdict.Accepted && !IsUnknown)
            return Decide(true);
        return verdict == TokenVerdict.TooMany && !IsUnknown
            ? Fail("its principal came too often", SignInRefusal.TokensTooMany)
            : Fail("the token was refused");
    }

    /// <summary>Where somebody may listen, nobody is taken at an offer to show the password.</summary>
    private string Choose(string named) =>
        AuthPlugin.IsServed(named) || (named == AuthPlugin.Clear && terms.IsPrivate) ? named
            : AuthPlugin.CachingSha2;

    private SignInStep TakeCertificate(string user) =>
        terms.Certificate is not { IsVerified: true, CommonName: { } name }
            ? Fail("it showed no certificate of a known authority")
        : string.Equals(name, user, StringComparison.Ordinal) ? Decide(true)
        : Fail("its certificate names another user");

    private SignInStep TakeProof(ReadOnlySpan<byte> proof, ByteBuffer output)
    {
        HasProof |= !proof.IsEmpty && !(proof.Length == 1 && proof[0] == 0);
        switch (_plugin)
        {
            case AuthPlugin.Native:
                return Decide(IsNative(proof));
            case AuthPlugin.Clear:
                return TakeClear(WithoutEnd(proof));
            case AuthPlugin.Ed25519:
                return TakeEncrypted(proof);
            case AuthPlugin.Parsec:
                return TakeQuestion(proof, output);
            default:
                return TakeSha2(proof, output);
        }
    }

    /// <summary>Before a client signs by parsec it asks how to derive its key, by an empty packet.</summary>
    private SignInStep TakeQuestion(ReadOnlySpan<byte> question, ByteBuffer output)
    {
        if (!question.IsEmpty)
            return Fail("it signed before it was told how");
        SignInPacket.WriteMore(output, Sequence++, terms.ParsecTerms);
        return Await(Phase.AwaitsSigned);
    }

    private SignInStep TakeSha2(ReadOnlySpan<byte> proof, ByteBuffer output)
    {
        if (!HasProof)
            return Decide(HasEmpty);
        if (IsCachingSha2(proof))
        {
            if (IsUnknown)
                return Decide(false);
            SignInPacket.WriteMore(output, Sequence++, [FastAuthSuccess]);
            return Decide(true);
        }
        // As a server that does not know the password yet: it asks for the whole of it.
        SignInPacket.WriteMore(output, Sequence++, [FullAuth]);
        return Await(Phase.AwaitsFull);
    }

    private SignInStep TakeFull(ReadOnlySpan<byte> payload, ByteBuffer output)
    {
        if (terms.IsPrivate)
            return Judge(WithoutEnd(payload));
        if (payload.Length == 1 && payload[0] == PublicKeyRequest)
        {
            SignInPacket.WriteMore(output, Sequence++, terms.Key.PublicText.Span);
            return Await(Phase.AwaitsEncrypted);
        }
        // A client that has the key already sends the password at once.
        return TakeEncrypted(payload);
    }

    private SignInStep TakeEncrypted(ReadOnlySpan<byte> payload)
    {
        HasProof |= !payload.IsEmpty;
        _encrypted = payload.ToArray();
        return AwaitWork();
    }

    private SignInStep TakeClear(ReadOnlySpan<byte> password)
    {
        if (AsksForToken && (terms.Tokens == TokenUse.Required || TokenForm.IsToken(password)))
        {
            Token = new SecretBytes(password);
            return AwaitWork();
        }
        return Judge(password);
    }

    /// <summary>What is known of a password tells at once; what a database keeps of it needs work.</summary>
    private SignInStep Judge(ReadOnlySpan<byte> password)
    {
        if (terms.Account is null)
            return Decide(IsPassword(password));
        _given = new SecretBytes(password);
        return AwaitWork();
    }

    /// <summary>Null: it was not encrypted by our key, or is no password.</summary>
    private SecretBytes? Decrypted()
    {
        if (terms.Key.Decrypt(_encrypted) is not { } obscured)
            return null;
        var revealed = PasswordProof.Reveal(obscured, _salt);
        var password = revealed is null ? null : new SecretBytes(revealed);
        CryptographicOperations.ZeroMemory(obscured);
        CryptographicOperations.ZeroMemory(revealed);
        return password;
    }

    private bool IsNative(ReadOnlySpan<byte> proof)
    {
        if (!HasProof)
            return HasEmpty;
        if (terms.Account is { } account)
        {
            if (PasswordProof.NativeOnce(proof, _salt, account.NativeTwice) is not { } once)
                return false;
            _proven = PasswordSecret.OfNative(once);
            CryptographicOperations.ZeroMemory(once);
            return true;
        }
        var isRight = false;
        foreach (var secret in Secrets)
            isRight |= PasswordProof.IsNative(proof, _salt, secret.NativeTwice);
        return isRight;
    }

    private bool IsCachingSha2(ReadOnlySpan<byte> proof)
    {
        var isRight = false;
        foreach (var secret in Secrets)
            isRight |= PasswordProof.IsCachingSha2(proof, _salt, secret.CachingSha2Twice);
        return isRight;
    }

    private bool IsPassword(ReadOnlySpan<byte> given)
    {
        var isRight = false;
        foreach (var secret in Secrets)
            isRight |= secret.IsPassword(given);
        return isRight;
    }

    private bool IsSigned()
    {
        var isRight = false;
        foreach (var secret in Secrets)
            isRight |= _plugin == AuthPlugin.Ed25519
                ? Ed25519Signature.IsValid(_encrypted, _salt, secret.Ed25519PublicKey)
                : ParsecProof.IsValid(_encrypted, _salt, secret.ParsecPublicKey(terms.ParsecTerms));
        return isRight;
    }

    private SignInStep AwaitWork()
    {
        _phase = Phase.AwaitsWork;
        return new SignInStep(SignInStatus.NeedsWork);
    }

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[^1] == 0 ? text[..^1] : text;

    private SignInStep Decide(bool isRight)
    {
        if (IsUnknown)
            return Fail(terms.UnknownBecause ?? "there is no such user");
        if (!isRight)
            return Fail("the password is wrong");
        _phase = Phase.Done;
        return new SignInStep(SignInStatus.Done);
    }

    private SignInStep Await(Phase phase)
    {
        _phase = phase;
        return new SignInStep(SignInStatus.NeedMore);
    }

    private SignInStep Fail(string why, SignInRefusal refusal = SignInRefusal.Denied)
    {
        _phase = Phase.Failed;
        Refusal = refusal;
        Failure = why;
        return new SignInStep(SignInStatus.Failed);
    }
}
