using System.Buffers.Text;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Sento.Base;

namespace Sento.Identity.Principals;

/// <summary>Issues session tokens and opens them again: self-contained, encrypted, authenticated.</summary>
/// <remarks>
/// A token is version, key number, nonce, ciphertext and tag, in Base64: AES-256-GCM over the session as
/// JSON. So nothing is stored for a session, any node with the key can check it, and nobody can read the
/// secret in it. Keys are rotated by adding a new one in front; any thread.
/// </remarks>
public sealed class SessionTokens
{
    public const int KeyBytes = 32;

    private const byte FormatVersion = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 2 + NonceBytes;

    private static readonly byte[] Purpose = "sento session token"u8.ToArray();

    private readonly ImmutableArray<(byte Number, SecretBytes Key)> _keys;

    /// <param name="keys">The first issues; all of them open.</param>
    public SessionTokens(ImmutableArray<(byte Number, SecretBytes Key)> keys)
    {
        Invariant.Holds(!keys.IsEmpty);
        foreach (var (_, key) in keys)
            Invariant.Holds(key.Length == KeyBytes);
        Invariant.Holds(keys.Select(key => key.Number).Distinct().Count() == keys.Length);
        _keys = keys;
    }

    /// <summary>With a key that nobody keeps: its sessions end with the process.</summary>
    public static SessionTokens OfThisProcess() =>
        new([((byte)0, new SecretBytes(RandomNumberGenerator.GetBytes(KeyBytes)))]);

    public string Issue(Session session)
    {
        var plain = Write(session);
        var token = new byte[HeadBytes + plain.Length + TagBytes];
        var (number, key) = _keys[0];
        token[0] = FormatVersion;
        token[1] = number;
        RandomNumberGenerator.Fill(token.AsSpan(2, NonceBytes));
        using var cipher = new AesGcm(key.Span, TagBytes);
        cipher.Encrypt(
            token.AsSpan(2, NonceBytes), plain, token.AsSpan(HeadBytes, plain.Length),
            token.AsSpan(HeadBytes + plain.Length), Bound(token));
        CryptographicOperations.ZeroMemory(plain);
        return Convert.ToBase64String(token);
    }

    public bool TryOpen(string text, [NotNullWhen(true)] out Session? session)
    {
        session = null;
        if (text.Length > IdentityLimits.SessionTokenCharactersMax || !Base64.IsValid(text, out var length)
            || length <= HeadBytes + TagBytes)
            return false;
        var token = Convert.FromBase64String(text);
        // Base64 has spare bits at its end: the same bytes spelled otherwise are another token.
        if (token[0] != FormatVersion || Convert.ToBase64String(token) != text)
            return false;
        foreach (var (number, key) in _keys)
        {
            if (number == token[1])
                return TryOpen(token, key, out session);
        }
        return false;
    }

    private static bool TryOpen(byte[] token, SecretBytes key, [NotNullWhen(true)] out Session? session)
    {
        session = null;
        var plain = new byte[token.Length - HeadBytes - TagBytes];
        using var cipher = new AesGcm(key.Span, TagBytes);
        try
        {
            cipher.Decrypt(
                token.AsSpan(2, NonceBytes), token.AsSpan(HeadBytes, plain.Length),
                token.AsSpan(HeadBytes + plain.Length), plain, Bound(token));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        session = Read(plain);
        CryptographicOperations.ZeroMemory(plain);
        return true;
    }

    private static byte[] Bound(byte[] token) => [.. Purpose, token[0], token[1]];

    private static byte[] Write(Session session)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("key", session.AccessKeyId);
            writer.WriteString("secret", session.Secret);
            writer.WriteString("subject", session.SubjectId);
            if (session.SessionName is not null)
                writer.WriteString("name", session.SessionName);
            writer.WriteNumber("issued", session.IssuedAt.ToUnixTimeMilliseconds());
            writer.WriteNumber("expires", session.ExpiresAt.ToUnixTimeMilliseconds());
            if (session.PolicyText is not null)
                writer.WriteString("policy", session.PolicyText);
            writer.WriteStartObject("tags");
            foreach (var (name, value) in session.Tags)
                writer.WriteString(name, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Authenticated bytes: what is in them, we wrote.</summary>
    private static Session Read(byte[] plain)
    {
        using var document = JsonDocument.Parse(plain);
        var root = document.RootElement;
        return new Session
        {
            AccessKeyId = root.GetProperty("key").GetString()!,
            Secret = root.GetProperty("secret").GetString()!,
            SubjectId = root.GetProperty("subject").GetString()!,
            SessionName = root.TryGetProperty("name", out var name) ? name.GetString() : null,
            IssuedAt = DateTimeOffset.FromUnixTimeMilliseconds(root.GetProperty("issued").GetInt64()),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(root.GetProperty("expires").GetInt64()),
            PolicyText = root.TryGetProperty("policy", out var policy) ? policy.GetString() : null,
            Tags = root.GetProperty("tags").EnumerateObject()
                .ToImmutableDictionary(tag => tag.Name, tag => tag.Value.GetString()!),
        };
    }
}
