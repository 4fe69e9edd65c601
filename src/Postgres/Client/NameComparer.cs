using System.Diagnostics.CodeAnalysis;
using Sento.Postgres.Pinning;

namespace Sento.Postgres.Client;

/// <summary>Names of prepared statements by their bytes, looked up without a copy.</summary>
internal sealed class NameComparer
    : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly NameComparer Instance = new();

    /// <summary>
    /// The part of a name that counts: PostgreSQL keeps no more, and so compares no more. The protocol's
    /// names are cut at a byte, not at a character.
    /// </summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name) =>
        name.Length > NameText.NameBytesMax ? name[..NameText.NameBytesMax] : name;

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);
}
