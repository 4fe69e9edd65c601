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
    private Tuple<byte[], CurvePoint>? _parsec;

    public PasswordSecret(ReadOnlySpan<byte> password)
    {
        _password = new SecretBytes(password);
        NativeTwice = PasswordProof.NativeTwice(password);
        CachingSha2Twice = PasswordProof.CachingSha2Twice(password);
        _publicKey = new Lazy<CurvePoint>(() => Ed25519Signature.PublicKeyOf(_password.Span));
    }

    private PasswordSecret(SecretBytes nativeOnce)
    {
        _password = nativeOnce;
        IsNativeAlone = true;
        NativeTwice = SHA1.HashData(nativeOnce.Span);
        CachingSha2Twice = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        _publicKey = new Lazy<CurvePoint>(() => throw new InvalidOperationException("no password is known"));
    }

    /// <summary>
    /// Only SHA1(password) is known: it opens connections by mysql_native_password and in no other way.
    /// </summary>
    public bool IsNativeAlone { get; }

    public byte[] NativeTwice { get; }

    public byte[] CachingSha2Twice { get; }

    /// <summary>A tenth of a millisecond when first asked for.</summary>
    public CurvePoint Ed25519PublicKey => _publicKey.Value;

    /// <summary>The key that parsec derives on these terms; a millisecond when first asked for.</summary>
    public CurvePoint ParsecPublicKey(byte[] terms)
    {
        if (_parsec is { } known && known.Item1.AsSpan().SequenceEqual(terms))
            return known.Item2;
        var key = ParsecProof.PublicKeyOf(Password, terms);
        _parsec = Tuple.Create(terms, key);
        return key;
    }

    public ReadOnlySpan<byte> Password
    {
        get
        {
            Invariant.Holds(!IsNativeAlone);
            return _password.Span;
        }
    }

    public bool IsEmpty => _password.Length == 0;

    /// <summary>Compares hashes, so that the time tells nothing of the lengths.</summary>
    public bool IsPassword(ReadOnlySpan<byte> given) => CryptographicOperations.FixedTimeEquals(
        PasswordProof.CachingSha2Twice(given), CachingSha2Twice);

    /// <summary>The proof of mysql_native_password.</summary>
    public byte[] NativeProof(ReadOnlySpan<byte> salt) => IsNativeAlone
        ? PasswordProof.NativeOf(_password.Span, salt) : PasswordProof.Native(_password.Span, salt);

    /// <summary>The same, to be wiped apart.</summary>
    public PasswordSecret Copy() =>
        IsNativeAlone ? OfNative(_password.Span) : new PasswordSecret(_password.Span);

    /// <param name="once">SHA1(password).</param>
    public static PasswordSecret OfNative(ReadOnlySpan<byte> once) => new(new SecretBytes(once));

    /// <summary>It was a token for one sign-in, and is not needed any more.</summary>
    public void Wipe() => _password.Dispose();

    /// <summary>Of a user who has none.</summary>
    public static PasswordSecret Empty { get; } = new(ReadOnlySpan<byte>.Empty);

    /// <summary>What an unknown user is measured against: nobody knows it.</summary>
    public static PasswordSecret Unknown() => new(RandomNumberGenerator.GetBytes(24));
}
