using System.Security.Cryptography;

namespace Sento.Base;

/// <summary>Secret bytes that are wiped when no longer needed and never print themselves.</summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;

    public SecretBytes(ReadOnlySpan<byte> secret) => _bytes = secret.ToArray();

    public static SecretBytes FromText(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    public ReadOnlySpan<byte> Span => _bytes;

    public int Length => _bytes.Length;

    /// <summary>Compares in time that depends on the lengths only.</summary>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(_bytes, other);

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    public override string ToString() => "(secret)";
}
