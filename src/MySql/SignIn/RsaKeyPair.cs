using System.Security.Cryptography;

namespace Sento.MySql.SignIn;

/// <summary>
/// The key that clients without TLS encrypt their password with, for caching_sha2_password. One a process;
/// any thread.
/// </summary>
/// <remarks>Made at first use, which is never on a loop: a tenth of a second.</remarks>
public sealed class RsaKeyPair : IDisposable
{
    private readonly Lazy<RSA> _key = new(() => RSA.Create(2048));
    private readonly Lazy<byte[]> _text;

    public RsaKeyPair() => _text = new Lazy<byte[]>(() => PasswordProof.PublicKeyText(_key.Value));

    /// <summary>PEM, as servers send it.</summary>
    public ReadOnlyMemory<byte> PublicText => _text.Value;

    /// <summary>Null: not encrypted by our key.</summary>
    public byte[]? Decrypt(ReadOnlySpan<byte> encrypted)
    {
        try
        {
            return _key.Value.Decrypt(encrypted, RSAEncryptionPadding.OaepSHA1);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (_key.IsValueCreated)
            _key.Value.Dispose();
    }
}
