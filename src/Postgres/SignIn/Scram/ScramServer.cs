using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn.Scram;

public enum ScramServerStatus { AwaitsFirst, AwaitsFinal, Proved, WrongProof, Malformed }

/// <summary>
/// We are the server of one SCRAM-SHA-256 exchange. RFC 5802, RFC 7677. Pure; total on hostile text.
/// </summary>
/// <remarks>
/// For a user that does not exist pass <see cref="ScramSalts.MockOf"/>: the exchange has the same shape
/// and does the same work, and its proof is always wrong, even one that is right for the mock.
/// </remarks>
public sealed class ScramServer
{
    private readonly ScramVerifier _verifier;
    private readonly ImmutableArray<ScramVerifier> _others;
    private readonly bool _isDoomed;
    private readonly byte[]? _endPointHash;
    private readonly string _serverNonce;
    private byte[] _channelBinding = [];
    private byte[] _clientFirstBare = [];
    private byte[] _serverFirst = [];
    private byte[] _nonce = [];
    private bool _isPlus;

    private ScramServer(
        ScramVerifier verifier, bool isDoomed, ReadOnlySpan<byte> endPointHash, string? nonce,
        ImmutableArray<ScramVerifier> others)
    {
        foreach (var other in others)
        {
            Invariant.Holds(other.Iterations == verifier.Iterations);
            Invariant.Holds(other.Salt.SequenceEqual(verifier.Salt));
        }
        _verifier = verifier;
        _others = others;
        _isDoomed = isDoomed;
        _endPointHash = endPointHash.IsEmpty ? null : endPointHash.ToArray();
        _serverNonce = nonce
            ?? Convert.ToBase64String(RandomBytes.Next(ScramMechanism.NonceBytes));
    }

    public ScramServerStatus Status { get; private set; }

    /// <summary>Set when the status is Malformed.</summary>
    public SignInError? Error { get; private set; }

    /// <summary>Set when proved: good for signing in to any server that holds the same verifier.</summary>
    public ScramKeys? Keys { get; private set; }

    /// <summary>The client proved the channel too, so that nobody sits between it and us.</summary>
    public bool IsBound => _isPlus && Status == ScramServerStatus.Proved;

    /// <param name="endPointHash">Hash of our TLS certificate; empty: no channel binding is offered.</param>
    /// <param name="nonce">For tests with known answers; null: random.</param>
    /// <param name="others">Verifiers that do as well; of the same salt and count.</param>
    public static ScramServer For(
        ScramVerifier verifier, ReadOnlySpan<byte> endPointHash, string? nonce = null,
        ImmutableArray<ScramVerifier> others = default) =>
        new(verifier, false, endPointHash, nonce, others.IsDefault ? [] : others);

    public static ScramServer Doomed(ScramVerifier mock, ReadOnlySpan<byte> endPointHash) =>
        new(mock, true, endPointHash, null, []);

    /// <summary>AuthenticationSASL with what is offered.</summary>
    public void WriteOffer(ByteBuffer output)
    {
        if (_endPointHash is null)
            MessageWriter.AuthenticationSasl(output, ScramMechanism.Plain);
        else
            MessageWriter.AuthenticationSasl(output, ScramMechanism.Plus, ScramMechanism.Plain);
    }

    /// <summary>The mechanism of SASLInitialResponse; false: none that was offered.</summary>
    public bool TrySelect(ReadOnlySpan<byte> mechanism)
    {
        Invariant.Holds(Status == ScramServerStatus.AwaitsFirst);
        _isPlus = _endPointHash is not null && mechanism.SequenceEqual("SCRAM-SHA-256-PLUS"u8);
        return _isPlus || mechanism.SequenceEqual("SCRAM-SHA-256"u8)
            || Fail(SignInError.Protocol("client selected an invalid SASL authentication mechanism"));
    }

    /// <summary>gs2-header client-first-message-bare; the reply is server-first-message.</summary>
    /// <returns>False: malformed.</returns>
    public bool TakeFirst(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> reply)
    {
        Invariant.Holds(Status == ScramServerStatus.AwaitsFirst);
        reply = default;
        var text = new ScramText(message);
        if (!text.TryOpen() || !TryFlag(ref text) || !TryAuthorization(ref text))
            return Fail(Error ?? text.Error!);
        // The header comes back in the final message, with the hash of the certificate behind it.
        var header = message[..text.At];
        _channelBinding = StrictBase64.Encode(_isPlus ? [.. header, .. _endPointHash!] : header);
        _clientFirstBare = message[text.At..].ToArray();
        if (text.Peek == (byte)'m')
            return Fail(Unsupported("client requires an unsupported SCRAM extension"));
        // The user name is the one of the StartupMessage, whatever stands here.
        if (!text.TryRead('n', out _) || !text.TryRead('r', out var clientNonce))
            return Fail(text.Error!);
        if (!ScramText.IsPrintable(clientNonce))
            return Fail(SignInError.Protocol("non-printable characters in SCRAM nonce"));
        while (!text.AtEnd)
        {
            if (!text.TryReadAny(out _, out _))
                return Fail(text.Error!);
        }
        _nonce = [.. clientNonce, .. Encoding.ASCII.GetBytes(_serverNonce)];
        var iterations = _verifier.Iterations.ToString(CultureInfo.InvariantCulture);
        _serverFirst =
        [
            .. "r="u8, .. _nonce, .. ",s="u8, .. StrictBase64.Encode(_verifier.Salt),
            .. ",i="u8, .. Encoding.ASCII.GetBytes(iterations),
        ];
        reply = _serverFirst;
        Status = ScramServerStatus.AwaitsFinal;
        return true;
    }

    /// <summary>
    /// channel-binding "," nonce ["," extensions] "," proof; the reply is server-final-message.
    /// </summary>
    /// <returns>True: proved. False: see <see cref="Status"/>.</returns>
    public bool TakeFinal(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> reply)
    {
        Invariant.Holds(Status == ScramServerStatus.AwaitsFinal);
        reply = default;
        var text = new ScramText(message);
        if (!text.TryOpen() || !text.TryRead('c', out var binding))
            return Fail(text.Error!);
        if (!CryptographicOperations.FixedTimeEquals(binding, _channelBinding))
            return Fail(WrongBinding());
        if (!text.TryRead('r', out var nonce))
            return Fail(text.Error!);
        if (!TryProof(ref text, out var proofAt, out var proof))
            return Fail(text.Error!);
        if (!CryptographicOperations.FixedTimeEquals(nonce, _nonce))
            return Fail(SignInError.Protocol("invalid SCRAM response", "Nonce does not match."));

        var authMessage = ScramProof.AuthMessage(_clientFirstBare, _serverFirst, message[..proofAt]);
        var keys = Prove(_verifier, proof, authMessage);
        var proved = keys is null ? null : _verifier;
        foreach (var other in _others)
        {
            if (Prove(other, proof, authMessage) is not { } match)
                continue;
            (keys, proved) = (match, other);
        }
        // Not short-circuited: the doomed exchange does the same work.
        if (proved is null | _isDoomed)
        {
            Status = ScramServerStatus.WrongProof;
            return false;
        }
        reply = (byte[])
            [.. "v="u8, .. StrictBase64.Encode(ScramProof.ServerSignature(proved!.ServerKey, authMessage))];
        Keys = keys;
        Status = ScramServerStatus.Proved;
        return true;
    }

    private static ScramKeys? Prove(
        ScramVerifier verifier, byte[] proof, byte[] authMessage)
    {
        var clientKey = ScramProof.Mask(proof, verifier.StoredKey, authMessage);
        var keys = new ScramKeys(clientKey, verifier.ServerKey);
        CryptographicOperations.ZeroMemory(clientKey);
        return verifier.Matches(keys) ? keys : null;
    }

    /// <summary>n: does not bind. y: would bind, had we offered it. p: binds.</summary>
    private bool TryFlag(ref ScramText text)
    {
        const string unbound = "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not"
            + " include channel binding data.";
        const string bound = "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM"
            + " message includes channel binding data.";
        var flag = text.Peek;
        switch (flag)
        {
            case (byte)'n' or (byte)'y' when _isPlus:
                return text.Malformed(unbound);
            case (byte)'y' when _endPointHash is not null:
                // We did offer it. Somebody took that out of the list on its way.
                Error = new SignInError(
                    SqlState.InvalidAuthorizationSpecification,
                    "SCRAM channel binding negotiation error",
                    "The client supports SCRAM channel binding but thinks the server does not.  "
                    + "However, this server does support channel binding.");
                return false;
            case (byte)'n' or (byte)'y':
                text.Skip();
                return text.TryComma();
            case (byte)'p' when !_isPlus:
                return text.Malformed(bound);
            case (byte)'p':
                return TryBindingType(ref text);
            default:
                return text.Malformed($"Unexpected channel-binding flag \"{ScramText.Shown(flag)}\".");
        }
    }

    private bool TryBindingType(ref ScramText text)
    {
        if (!text.TryRead('p', out var type))
            return false;
        if (type.SequenceEqual("tls-server-end-point"u8))
            return true;
        Error = SignInError.Protocol("unsupported SCRAM channel-binding type");
        return false;
    }

    /// <summary>Nobody may sign in as one and act as another.</summary>
    private bool TryAuthorization(ref ScramText text)
    {
        if (text.Peek == (byte)'a')
        {
            Error = Unsupported("client uses authorization identity, but it is not supported");
            return false;
        }
        if (text.Peek != (byte)',')
        {
            return text.Malformed(
                $"Unexpected attribute \"{ScramText.Shown(text.Peek)}\" in client-first-message.");
        }
        text.Skip();
        return true;
    }

    private static bool TryProof(ref ScramText text, out int proofAt, out byte[] proof)
    {
        proof = [];
        char name;
        ReadOnlySpan<byte> value;
        do
        {
            // The comma before the attribute does not belong to what is signed.
            proofAt = text.At - 1;
            if (!text.TryReadAny(out name, out value))
                return false;
        }
        while (name != 'p');
        if (!StrictBase64.TryDecode(value, out proof) || proof.Length != ScramKeys.Bytes)
            return text.Malformed("Malformed proof in client-final-message.");
        return text.AtExactEnd || text.Malformed("Garbage found at the end of client-final-message.");
    }

    private SignInError WrongBinding() => _isPlus
        ? new SignInError(SqlState.InvalidAuthorizationSpecification, "SCRAM channel binding check failed")
        : SignInError.Protocol("unexpected SCRAM channel-binding attribute in client-final-message");

    private static SignInError Unsupported(string message) => new(SqlState.FeatureNotSupported, message);

    private bool Fail(SignInError error)
    {
        Error = error;
        Status = ScramServerStatus.Malformed;
        return false;
    }
}
