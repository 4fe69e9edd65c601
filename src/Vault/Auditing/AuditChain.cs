using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sento.Base;

namespace Sento.Vault.Auditing;

/// <summary>
/// How lines hang together: each ends in a keyed digest of itself and of the digest before it. Pure.
/// </summary>
internal static class AuditChain
{
    public const int MacBytes = 32;
    private const string MacMark = ",\"mac\":\"";
    private const int TailCharacters = 8 + 2 * MacBytes + 2;

    public static readonly byte[] Beginning = new byte[MacBytes];

    /// <summary>The line, and the digest that the next one builds on.</summary>
    public static (string Line, byte[] Mac) Write(
        AuditEntry entry, SecretBytes key, ReadOnlySpan<byte> before)
    {
        var body = JsonSerializer.Serialize(entry, AuditJson.Default.AuditEntry)[..^1];
        var mac = Digest(body, key, before);
        return ($"{body}{MacMark}{Convert.ToHexStringLower(mac)}\"}}", mac);
    }

    /// <summary>The digest that the line states; null: it is no line of an audit log.</summary>
    public static byte[]? MacOf(string line) => TrySplit(line, out _, out var mac) ? mac : null;

    /// <summary>False: the line is not what was written behind the one before.</summary>
    public static bool IsGenuine(string line, SecretBytes key, ReadOnlySpan<byte> before) =>
        TrySplit(line, out var body, out var mac)
        && CryptographicOperations.FixedTimeEquals(mac, Digest(body, key, before));

    public static AuditEntry? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TrySplit(string line, out string body, out byte[] mac)
    {
        body = "";
        mac = new byte[MacBytes];
        var cut = line.Length - TailCharacters;
        if (cut <= 0 || !line.EndsWith("\"}", StringComparison.Ordinal)
            || string.CompareOrdinal(line, cut, MacMark, 0, MacMark.Length) != 0)
            return false;
        body = line[..cut];
        var hex = line.AsSpan(cut + MacMark.Length, 2 * MacBytes);
        return Convert.FromHexString(hex, mac, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private static byte[] Digest(string body, SecretBytes key, ReadOnlySpan<byte> before)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span);
        hmac.AppendData(before);
        hmac.AppendData(Encoding.UTF8.GetBytes(body));
        return hmac.GetHashAndReset();
    }
}
