using System.Security.Cryptography;
using Sento.Base;

namespace Sento.ControlPlane.Rotation.Databases;

/// <summary>
/// What pg_authid holds of a password: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey. Pure.
/// </summary>
/// <remarks>
/// Our passwords are ASCII, which SASLprep leaves as it is. PostgreSQL 18, pg_authid; RFC 5803.
/// </remarks>
internal static class PostgresVerifier
{
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    public static string Make(SecretBytes password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password.Span, salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        var storedKey = SHA256.HashData(clientKey);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
