using System.Security.Cryptography;
using System.Text;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>Gives every user name a salt, whether or not there is such a user.</summary>
/// <remarks>
/// A stranger who asks for a salt twice must get the same one for names that exist and for names that do not.
/// One formula for both leaves nothing to compare, not even after a password has changed or a user has come.
/// Salts differ between processes with different secrets, for all names alike. Thread-safe.
/// </remarks>
public sealed class ScramSalts
{
    /// <summary>As PostgreSQL's salts.</summary>
    public const int SaltBytes = 16;

    private readonly byte[] _secret;

    /// <summary>
    /// Nobody sees a mock's keys, not even as a signature: all mocks may have the same. No password has them.
    /// </summary>
    private readonly byte[] _mockKey = RandomNumberGenerator.GetBytes(ScramKeys.Bytes);

    /// <param name="secret">
    /// At least 16 random bytes, made at the start of the process or shared by a fleet.
    /// </param>
    public ScramSalts(ReadOnlySpan<byte> secret)
    {
        if (secret.Length < 16)
            throw new ArgumentException("the secret of the salts needs 16 bytes", nameof(secret));
        _secret = secret.ToArray();
    }

    public static ScramSalts Random() => new(RandomNumberGenerator.GetBytes(32));

    public byte[] SaltOf(string user) => Derive("salt", user)[..SaltBytes];

    /// <summary>A verifier that no password matches, for a user that does not exist.</summary>
    /// <param name="iterations">As the users' who exist.</param>
    public ScramVerifier MockOf(string user, int iterations) =>
        new(iterations, SaltOf(user), _mockKey, _mockKey);

    /// <summary>The same password has the same fingerprint, within this process only.</summary>
    internal string FingerprintOf(ReadOnlySpan<byte> password) =>
        Convert.ToHexString(HMACSHA256.HashData(Derive("fingerprint", ""), password));

    private byte[] Derive(string purpose, string user) =>
        HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"{purpose}\0{user}"));
}
