using System.Security.Cryptography;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>The signatures over one exchange. RFC 5802, SCRAM Algorithm Overview.</summary>
internal static class ScramProof
{
    /// <summary>
    /// client-first-message-bare "," server-first-message "," client-final-message-without-proof.
    /// </summary>
    public static byte[] AuthMessage(
        ReadOnlySpan<byte> clientFirstBare,
        ReadOnlySpan<byte> serverFirst,
        ReadOnlySpan<byte> clientFinalBare) =>
        [.. clientFirstBare, (byte)',', .. serverFirst, (byte)',', .. clientFinalBare];

    /// <summary>
    /// ClientKey XOR ClientSignature: makes the proof from the key, and the key from the proof.
    /// </summary>
    public static byte[] Mask(ReadOnlySpan<byte> keyOrProof, ReadOnlySpan<byte> storedKey, byte[] authMessage)
    {
        var masked = HMACSHA256.HashData(storedKey, authMessage);
        for (var index = 0; index < masked.Length; index++)
            masked[index] ^= keyOrProof[index];
        return masked;
    }

    public static byte[] ServerSignature(ReadOnlySpan<byte> serverKey, byte[] authMessage) =>
        HMACSHA256.HashData(serverKey, authMessage);
}
