using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.SignIn.Scram;

public enum ScramClientStatus { AwaitsFirst, NeedsKeys, AwaitsFinal, Verified, Failed }

/// <summary>
/// We are the client of one SCRAM-SHA-256 exchange. RFC 5802, RFC 7677. Pure; total on hostile text.
/// </summary>
/// <remarks>
/// PBKDF2 is never run here: NeedsKeys says that <see cref="Work"/> must run before WriteFinal.
/// </remarks>
public sealed class ScramClient
{
    private readonly ScramSecret _secret;
    private readonly byte[] _header;
    private readonly byte[] _channelBinding;
    private readonly byte[] _clientNonce;
    private byte[] _serverFirst = [];
    private byte[] _salt = [];
    private int _iterations;
    private byte[] _nonce = [];
    private ScramKeys? _keys;
    private byte[] _serverSignature = [];

    /// <param name="endPointHash">
    /// Hash of the server's TLS certificate; empty: no TLS, or no hash for it.
    /// </param>
    /// <param name="isPlusOffered">The server lists SCRAM-SHA-256-PLUS.</param>
    /// <param name="nonce">For tests with known answers; null: random.</param>
    public ScramClient(
        ScramSecret secret, ReadOnlySpan<byte> endPointHash, bool isPlusOffered, string? nonce = null)
    {
        _secret = secret;
        IsPlus = isPlusOffered && !endPointHash.IsEmpty;
        // y lets a server that did offer PLUS see that its offer was taken away from the list.
        _header = (IsPlus ? ScramMechanism.PlusHeader : endPointHash.IsEmpty ? "n,,"u8 : "y,,"u8).ToArray();
        _channelBinding = StrictBase64.Encode(IsPlus ? [.. _header, .. endPointHash] : _header);
        _clientNonce = Encoding.ASCII.GetBytes(
            nonce ?? Convert.ToBase64String(RandomBytes.Next(ScramMechanism.NonceBytes)));
    }

    public bool IsPlus { get; }

    public string Mechanism => IsPlus ? ScramMechanism.Plus : ScramMechanism.Plain;

    public ScramClientStatus Status { get; private set; }

    /// <summary>Set when failed; no value of the server's stands in it.</summary>
    public string? Error { get; private set; }

    /// <summary>Set when the status is NeedsKeys.</summary>
    public KeyDerivation? Work { get; private set; }

    /// <summary>
    /// client-first-message. The user name stays empty, as libpq's: the StartupMessage has it.
    /// </summary>
    public byte[] First() => [.. _header, .. FirstBare()];

    /// <summary>server-first-message: nonce "," salt "," iteration-count.</summary>
    public ScramClientStatus TakeFirst(ReadOnlySpan<byte> message)
    {
        Invariant.Holds(Status == ScramClientStatus.AwaitsFirst);
        var text = new ScramText(message);
        if (!text.TryOpen() || !text.TryRead('r', out var nonce) || !text.TryRead('s', out var salt)
            || !text.TryRead('i', out var iterations))
            return Fail(text.Error!.Message);
        // An equal nonce would let the server replay what it heard from us before.
        if (nonce.Length <= _clientNonce.Length || !nonce.StartsWith(_clientNonce)
            || !ScramText.IsPrintable(nonce))
            return Fail("invalid SCRAM response (nonce mismatch)");
        if (!StrictBase64.TryDecode(salt, out _salt) || _salt.Length is 0 or > ScramVerifier.SaltBytesMax)
            return Fail("malformed SCRAM message (invalid salt)");
        if (!int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out _iterations)
            || _iterations <= 0)
            return Fail("malformed SCRAM message (invalid iteration count)");
        if (_iterations > Limits.ScramIterationsMax)
            return Fail($"the server asks for more than {Limits.ScramIterationsMax} SCRAM iterations");
        if (!text.AtExactEnd)
            return Fail("malformed SCRAM message (garbage at end of server-first-message)");
        _nonce = nonce.ToArray();
        _serverFirst = message.ToArray();
        return Decide();
    }

    /// <summary>
    /// Takes the keys that <see cref="Work"/> has derived, and keeps them for the next connection.
    /// </summary>
    public void Resume()
    {
        Invariant.Holds(Status == ScramClientStatus.NeedsKeys);
        var keys = Work!.Keys;
        Invariant.Holds(keys is not null);
        _secret.Cache!.Add(_salt, _iterations, keys);
        _keys = keys;
        Work = null;
        Status = ScramClientStatus.AwaitsFinal;
    }

    /// <summary>client-final-message.</summary>
    public byte[] Final()
    {
        Invariant.Holds(Status == ScramClientStatus.AwaitsFinal);
        Invariant.Holds(_keys is not null);
        byte[] bare = [.. "c="u8, .. _channelBinding, .. ",r="u8, .. _nonce];
        var authMessage = ScramProof.AuthMessage(FirstBare(), _serverFirst, bare);
        var proof = ScramProof.Mask(_keys.ClientKey, _keys.StoredKey, authMessage);
        _serverSignature = ScramProof.ServerSignature(_keys.ServerKey, authMessage);
        return [.. bare, .. ",p="u8, .. StrictBase64.Encode(proof)];
    }

    /// <summary>
    /// server-final-message: verifier or error. Only a server that knows the password signs.
    /// </summary>
    public ScramClientStatus TakeFinal(ReadOnlySpan<byte> message)
    {
        Invariant.Holds(Status == ScramClientStatus.AwaitsFinal);
        Invariant.Holds(_serverSignature.Length == ScramKeys.Bytes);
        var text = new ScramText(message);
        if (!text.TryOpen())
            return Fail(text.Error!.Message);
        if (text.Peek == (byte)'e')
            return Fail("error received from server in SCRAM exchange");
        if (!text.TryRead('v', out var verifier))
            return Fail(text.Error!.Message);
        if (!StrictBase64.TryDecode(verifier, out var signature) || signature.Length != ScramKeys.Bytes)
            return Fail("malformed SCRAM message (invalid server signature)");
        if (!text.AtExactEnd)
            return Fail("malformed SCRAM message (garbage at end of server-final-message)");
        if (!CryptographicOperations.FixedTimeEquals(signature, _serverSignature))
            return Fail("incorrect server signature");
        return Status = ScramClientStatus.Verified;
    }

    private ScramClientStatus Decide()
    {
        if (!_secret.Fits(_salt, _iterations))
            return Fail("the server's SCRAM verifier is not the one that the client has signed in with");
        if (_secret.Keys is { } known)
            _keys = known;
        else if (_secret.Cache!.TryGet(_salt, _iterations, out var cached))
            _keys = cached;
        else
        {
            Work = new KeyDerivation(_secret.Password!, _salt, _iterations);
            return Status = ScramClientStatus.NeedsKeys;
        }
        return Status = ScramClientStatus.AwaitsFinal;
    }

    private byte[] FirstBare() => [.. "n=,r="u8, .. _clientNonce];

    private ScramClientStatus Fail(string error)
    {
        Error = error;
        return Status = ScramClientStatus.Failed;
    }
}
