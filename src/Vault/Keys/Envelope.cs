using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.Vault.Keys;

/// <summary>
/// Seals bytes with a data key of their own (AES-256-GCM), and that key with one of the ring's. What the
/// bytes
/// belong to is authenticated with them: under another name they do not open.
/// </summary>
/// <remarks>
/// format(1) · length of key id(1) · key id · nonce(12) · wrapped key(32) · tag(16) · nonce(12) · tag(16) ·
/// sealed bytes. Pure; any thread.
/// </remarks>
internal static class Envelope
{
    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int WrapBytes = NonceBytes + KeyRing.KeyBytes + TagBytes;

    public static byte[] Seal(KeyRing ring, string belonging, ReadOnlySpan<byte> plain)
    {
        Span<byte> dataKey = stackalloc byte[KeyRing.KeyBytes];
        RandomNumberGenerator.Fill(dataKey);
        var head = WrapBytes + 2 + ring.CurrentId.Length;
        var result = new byte[head + NonceBytes + TagBytes + plain.Length];
        WriteHead(ring, belonging, dataKey, result);
        var nonce = result.AsSpan(head, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(dataKey, TagBytes);
        aes.Encrypt(
            nonce, plain, result.AsSpan(head + NonceBytes + TagBytes),
                result.AsSpan(head + NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(belonging));
        CryptographicOperations.ZeroMemory(dataKey);
        return result;
    }

    /// <exception cref="VaultFault">Not what was sealed under this name, or no key of the ring opens
    /// it.</exception>
    public static SecretBytes Open(KeyRing ring, string belonging, ReadOnlySpan<byte> envelope)
    {
        Span<byte> dataKey = stackalloc byte[KeyRing.KeyBytes];
        var head = Unwrap(ring, belonging, envelope, dataKey);
        var body = envelope[head..];
        if (body.Length < NonceBytes + TagBytes)
            throw Damaged(belonging);
        var plain = new byte[body.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(dataKey, TagBytes);
            aes.Decrypt(
                body[..NonceBytes], body[(NonceBytes + TagBytes)..], body.Slice(NonceBytes, TagBytes), plain,
                Encoding.UTF8.GetBytes(belonging));
            return new SecretBytes(plain);
        }
        catch (CryptographicException)
        {
            throw Damaged(belonging);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>
    /// The same bytes, with their data key under the ring's current key; null: it is already.
    /// </summary>
    public static byte[]? Rewrap(KeyRing ring, string belonging, ReadOnlySpan<byte> envelope)
    {
        if (KeyId(belonging, envelope) == ring.CurrentId)
            return null;
        Span<byte> dataKey = stackalloc byte[KeyRing.KeyBytes];
        var head = Unwrap(ring, belonging, envelope, dataKey);
        var result = new byte[WrapBytes + 2 + ring.CurrentId.Length + envelope.Length - head];
        WriteHead(ring, belonging, dataKey, result);
        envelope[head..].CopyTo(result.AsSpan(result.Length - (envelope.Length - head)));
        CryptographicOperations.ZeroMemory(dataKey);
        return result;
    }

    /// <summary>Which key of the ring it needs.</summary>
    public static string KeyId(string belonging, ReadOnlySpan<byte> envelope)
    {
        if (envelope.Length < 2 || envelope[0] != Format || envelope.Length < 2 + envelope[1] + WrapBytes)
            throw Damaged(belonging);
        return Encoding.ASCII.GetString(envelope.Slice(2, envelope[1]));
    }

    private static void WriteHead(
        KeyRing ring, string belonging, ReadOnlySpan<byte> dataKey, Span<byte> result)
    {
        var id = ring.CurrentId;
        result[0] = Format;
        result[1] = (byte)id.Length;
        Encoding.ASCII.GetBytes(id, result[2..]);
        var wrap = result.Slice(2 + id.Length, WrapBytes);
        RandomNumberGenerator.Fill(wrap[..NonceBytes]);
        using var aes = new AesGcm(ring.Find(id), TagBytes);
        aes.Encrypt(
            wrap[..NonceBytes], dataKey, wrap.Slice(NonceBytes, KeyRing.KeyBytes),
            wrap[(NonceBytes + KeyRing.KeyBytes)..], WrapBelonging(id, belonging));
    }

    private static int Unwrap(
        KeyRing ring, string belonging, ReadOnlySpan<byte> envelope, Span<byte> dataKey)
    {
        var id = KeyId(belonging, envelope);
        var key = ring.Find(id);
        if (key.IsEmpty)
            throw new VaultFault(
                $"the key ring has no key \"{Printable(id)}\", which {Name(belonging)} was sealed with: "
                + $"add it to the ring (it holds {string.Join(", ", ring.Ids)})");
        var wrap = envelope.Slice(2 + id.Length, WrapBytes);
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(
                wrap[..NonceBytes], wrap.Slice(NonceBytes, KeyRing.KeyBytes),
                wrap[(NonceBytes + KeyRing.KeyBytes)..], dataKey, WrapBelonging(id, belonging));
        }
        catch (CryptographicException)
        {
            throw Damaged(belonging);
        }
        return 2 + id.Length + WrapBytes;
    }

    private static byte[] WrapBelonging(string id, string belonging) =>
        Encoding.UTF8.GetBytes($"{Format}\0{id}\0{belonging}");

    private static VaultFault Damaged(string belonging) => new(
        $"{Name(belonging)} is damaged, or does not belong where it stands, or was sealed with another key "
        + "ring: "
        + "restore the vault from a backup");

    private static string Name(string belonging) => belonging.Replace('\0', ' ');

    private static string Printable(string text) =>
        new([.. text.Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '?')]);
}
