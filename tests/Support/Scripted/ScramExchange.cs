using System.Security.Cryptography;
using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>The client's half of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS; each line can be spoilt before it is sent.</summary>
/// <remarks>RFC 5802 and RFC 7677; the binding is RFC 5929's tls-server-end-point. ASCII passwords only (no SASLprep).</remarks>
public sealed class ScramExchange
{
    public const string Plain = "SCRAM-SHA-256";
    public const string Plus = "SCRAM-SHA-256-PLUS";

    private readonly string _password;
    private readonly string _flag;
    private readonly byte[] _binding;
    private readonly string _clientBare;
    private byte[] _serverSignature = [];

    /// <param name="flag">n: no binding wanted; y: wanted but not offered; p=tls-server-end-point: used.</param>
    public ScramExchange(string password, string flag = "n", byte[]? binding = null, string? nonce = null)
    {
        _password = password;
        _flag = flag;
        _binding = binding ?? [];
        Nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        // The server takes the user from the start-up packet: libpq leaves this one empty too.
        _clientBare = $"n=,r={Nonce}";
    }

    public string Nonce { get; }

    public string ClientFirst => $"{_flag},,{_clientBare}";

    /// <summary>The client's proof for what the server said first.</summary>
    public string ClientFinal(string serverFirst)
    {
        var fields = serverFirst.Split(',').ToDictionary(f => f[0], f => f[2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            _password, Convert.FromBase64String(fields['s']), int.Parse(fields['i']), HashAlgorithmName.SHA256, 32);
        byte[] header = [.. Encoding.UTF8.GetBytes($"{_flag},,"), .. _binding];
        var withoutProof = $"c={Convert.ToBase64String(header)},r={fields['r']}";
        var signed = Encoding.UTF8.GetBytes($"{_clientBare},{serverFirst},{withoutProof}");

        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether the server has proved that it knows the password too.</summary>
    public bool Proves(string serverFinal) => serverFinal == $"v={Convert.ToBase64String(_serverSignature)}";
}
