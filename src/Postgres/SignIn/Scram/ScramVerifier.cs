using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// What a server keeps to check a SCRAM proof. RFC 5803; PostgreSQL 18, pg_authid, rolpassword.
/// </summary>
public sealed class ScramVerifier
{
    /// <summary>PostgreSQL's default, and what RDS Proxy asks of every client.</summary>
    public const int IterationsDefault = 4096;

    /// <summary>PostgreSQL's salts have 16 bytes; a longer one than this is no verifier.</summary>
    public const int SaltBytesMax = 1024;

    private const string Prefix = "SCRAM-SHA-256$";

    private readonly byte[] _salt;
    private readonly byte[] _storedKey;
    private readonly byte[] _serverKey;

    public ScramVerifier(
        int iterations, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> serverKey)
    {
        Invariant.Holds(iterations is > 0 and <= Limits.ScramIterationsMax);
        Invariant.Holds(salt.Length is > 0 and <= SaltBytesMax);
        Invariant.Holds(storedKey.Length == ScramKeys.Bytes);
        Invariant.Holds(serverKey.Length == ScramKeys.Bytes);
        Iterations = iterations;
        _salt = salt.ToArray();
        _storedKey = storedKey.ToArray();
        _serverKey = serverKey.ToArray();
    }

    public int Iterations { get; }

    public ReadOnlySpan<byte> Salt => _salt;

    public ReadOnlySpan<byte> StoredKey => _storedKey;

    public ReadOnlySpan<byte> ServerKey => _serverKey;

    /// <summary>PBKDF2: never on a loop thread.</summary>
    public static ScramVerifier FromPassword(
        ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations = IterationsDefault)
    {
        var keys = ScramKeys.Derive(password, salt, iterations);
        return new ScramVerifier(iterations, salt, keys.StoredKey, keys.ServerKey);
    }

    /// <summary>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, the last three in base64.</summary>
    public static bool TryParse(string text, out ScramVerifier? verifier)
    {
        verifier = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var parts = text[Prefix.Length..].Split('$');
        if (parts.Length != 2)
            return false;
        var head = parts[0].Split(':');
        var keys = parts[1].Split(':');
        if (head.Length != 2 || keys.Length != 2 || !TryCount(head[0], out var iterations))
            return false;
        if (!StrictBase64.TryDecode(Encoding.UTF8.GetBytes(head[1]), out var salt)
            || !StrictBase64.TryDecode(Encoding.UTF8.GetBytes(keys[0]), out var storedKey)
            || !StrictBase64.TryDecode(Encoding.UTF8.GetBytes(keys[1]), out var serverKey))
            return false;
        if (salt.Length is 0 or > SaltBytesMax
            || storedKey.Length != ScramKeys.Bytes || serverKey.Length != ScramKeys.Bytes)
            return false;
        verifier = new ScramVerifier(iterations, salt, storedKey, serverKey);
        return true;
    }

    /// <summary>The text that <see cref="TryParse"/> reads. A secret.</summary>
    public string Format() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Prefix}{Iterations}:{Convert.ToBase64String(_salt)}"
        + $"${Convert.ToBase64String(_storedKey)}:{Convert.ToBase64String(_serverKey)}");

    /// <summary>
    /// Whether keys, derived with this salt and count, belong to the password of this verifier.
    /// </summary>
    public bool Matches(ScramKeys keys) =>
        CryptographicOperations.FixedTimeEquals(keys.StoredKey, _storedKey);

    public override string ToString() => "(secret)";

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count)
        && count is > 0 and <= Limits.ScramIterationsMax;
}
