using System.Security.Cryptography;
using Sento.Base;

namespace Sento.MySql.SignIn;

/// <summary>
/// A password that we know, with what each plugin's proof is checked against. Immutable until wiped; any
/// thread.
/// </summary>
internal sealed class PasswordSecret
{
    private readonly SecretBytes _password;
    private readonly Lazy<CurvePoint> _publicKey;

    public PasswordSecret(ReadOnlySpan<byte> password)
    {
        _password = new SecretBytes(password);
        NativeTwice = PasswordProof.NativeTwice(password);
        CachingSha2Twice = PasswordProof.CachingSha2Twice(password);
        _publicKey = new Lazy<CurvePoint>(() => Ed25519Signature.PublicKeyOf(_password.Span));
    }

    public byte[] NativeTwice { get; }

    public byte[] CachingSha2Twice { get; }

    /// <summary>A tenth of a millisecond when first asked for.</summary>
    public CurvePoint Ed25519PublicKey => _publicKey.Value;

    public ReadOnlySpan<byte> Password => _password.Span;

    public bool IsEmpty => _password.Length == 0;

    /// <summary>Compares hashes, so that the time tells nothing of the lengths.</summary>
    public bool IsPassword(ReadOnlySpan<byte> given) => CryptographicOperations.FixedTimeEquals(
        PasswordProof.CachingSha2Twice(given), CachingSha2Twice);

    /// <summary>It was a token for one sign-in, and is not needed any more.</summary>
    public void Wipe() => _password.Dispose();

    /// <summary>Of a user who has none.</summary>
    public static PasswordSecret Empty { get; } = new(default);

    /// <summary>What an unknown user is measured against: nobody knows it.</summary>
    public static PasswordSecret Unknown() => new(RandomNumberGenerator.GetBytes(24));
}
