using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sento.Load.Contenders;

namespace Sento.Load.Wire;

/// <summary>
/// The client's half of one SCRAM-SHA-256 exchange without channel binding. RFC 5802, SCRAM Authentication
/// Exchange; PostgreSQL 18, SASL Authentication.
/// </summary>
internal sealed class ScramClient
{
    private const string NoBinding = "n,,";

    // Salting costs thousands of hashes; ten thousand clients of one role need it once.
    private static readonly Dictionary<(string Password, string Salt, int Iterations), byte[]> Salted = [];

    private readonly Credentials _credentials;
    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private byte[] _serverSignature = [];

    public ScramClient(Credentials credentials) => _credentials = credentials;

    /// <summary>The server takes the user from the start-up message: the name stays empty here.</summary>
    public string First => NoBinding + FirstBare;

    private string FirstBare => "n=,r=" + _nonce;

    /// <summary>Answers the server's first message with the proof.</summary>
    public string Final(string serverFirst)
    {
        var salt = Attribute(serverFirst, 's');
        var iterations = int.Parse(Attribute(serverFirst, 'i'), CultureInfo.InvariantCulture);
        var nonce = Attribute(serverFirst, 'r');
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal))
            throw new BenchFailure("SCRAM: the server answered with another nonce");

        var binding = Convert.ToBase64String(Encoding.ASCII.GetBytes(NoBinding));
        var withoutProof = $"c={binding},r={nonce}";
        var authMessage = Encoding.UTF8.GetBytes($"{FirstBare},{serverFirst},{withoutProof}");

        var salted = SaltedPassword(salt, iterations);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage);
        for (var index = 0; index < proof.Length; index++) proof[index] ^= clientKey[index];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), authMessage);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Checks that the server knows the secret too.</summary>
    public void Verify(string serverFinal)
    {
        var signature = Convert.FromBase64String(Attribute(serverFinal, 'v'));
        if (!CryptographicOperations.FixedTimeEquals(signature, _serverSignature))
            throw new BenchFailure("SCRAM: the server's signature is wrong");
    }

    private static string Attribute(string message, char name) =>
        message.Split(',').FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[2..]
        ?? throw new BenchFailure($"SCRAM: the server's message lacks '{name}'");

    private byte[] SaltedPassword(string salt, int iterations)
    {
        var key = (_credentials.Password, salt, iterations);
        if (Salted.TryGetValue(key, out var salted)) return salted;
        return Salted[key] = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(_credentials.Password), Convert.FromBase64String(salt), iterations,
            HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
    }
}
