using System.Security.Cryptography;
using System.Text;

namespace Sento.Vault.Storage;

/// <summary>
/// A digest over the set of all records: a row that was removed, or put back as it once was, shows. Pure but
/// for its own state.
/// </summary>
internal sealed class Manifest
{
    private readonly byte[] _sum = new byte[32];
    private long _count;

    public void Clear()
    {
        Array.Clear(_sum);
        _count = 0;
    }

    public void Add(string arn, ReadOnlySpan<byte> envelope) => Fold(arn, envelope, +1);

    public void Remove(string arn, ReadOnlySpan<byte> envelope) => Fold(arn, envelope, -1);

    public byte[] ToBytes() => [.. BitConverter.GetBytes(_count), .. _sum];

    /// <summary>Sums modulo 2^256: unlike exclusive or, two equal rows do not cancel each other.</summary>
    private void Fold(string arn, ReadOnlySpan<byte> envelope, int sign)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(arn + "\0"));
        hash.AppendData(envelope);
        var digest = hash.GetHashAndReset();
        var carry = 0;
        for (var i = 0; i < _sum.Length; i++)
        {
            carry += _sum[i] + sign * digest[i];
            _sum[i] = (byte)carry;
            carry >>= 8;
        }
        _count += sign;
    }
}
