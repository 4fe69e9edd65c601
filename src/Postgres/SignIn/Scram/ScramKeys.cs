using System.Security.Cryptography;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// What a password becomes for one salt and iteration count. RFC 5802, SCRAM Algorithm Overview.
/// </summary>
/// <remarks>As good as the password towards any server that holds the verifier made from them.</remarks>
public sealed class ScramKeys
{
    /// <summary>Bytes of each key: SHA-256.</summary>
    public const int Bytes = 32;

    private readonly byte[] _clientKey;
    private readonly byte[] _serverKey;
    private readonly byte[] _storedKey;

    /// <exception cref="ArgumentException">A key is not 32 bytes long.</exception>
    public ScramKeys(ReadOnlySpan<byte> clientKey, ReadOnlySpan<byte> serverKey)
    {
        if (clientKey.Length != Bytes || serverKey.Length != Bytes)
            throw new ArgumentException("a SCRAM key has 32 bytes");
        _clientKey = clientKey.ToArray();
        _serverKey = serverKey.ToArray();
        _storedKey = SHA256.HashData(clientKey);
    }

    public ReadOnlySpan<byte> ClientKey => _clientKey;

    public ReadOnlySpan<byte> ServerKey => _serverKey;

    public ReadOnlySpan<byte> StoredKey => _storedKey;

    /// <summary>PBKDF2: about a millisecond for 4096 iterations, never on a loop thread.</summary>
    /// <param name="password">As the user typed it; prepared here.</param>
    public static ScramKeys Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations)
    {
        var prepared = SaslPrep.Prepare(password);
        Span<byte> salted = stackalloc byte[Bytes];
        Span<byte> client = stackalloc byte[Bytes];
        Span<byte> server = stackalloc byte[Bytes];
        Rfc2898DeriveBytes.Pbkdf2(prepared, salt, salted, iterations, HashAlgorithmName.SHA256);
        HMACSHA256.HashData(salted, "Client Key"u8, client);
        HMACSHA256.HashData(salted, "Server Key"u8, server);
        var keys = new ScramKeys(client, server);
        CryptographicOperations.ZeroMemory(prepared);
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(client);
        return keys;
    }

    public override string ToString() => "(secret)";
}
