using System.Diagnostics.CodeAnalysis;

namespace Sento.Postgres.Client;

/// <summary>Names of prepared statements by their bytes, looked up without a copy.</summary>
internal sealed class NameComparer
    : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>NAMEDATALEN - 1: PostgreSQL keeps no more of a name, and so compares no more.</summary>
    private const int NameBytesMax = 63;

    public static readonly NameComparer Instance = new();

    /// <summary>
    /// The part of a name that counts. The protocol's names are cut at a byte, not at a character.
    /// </summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name) =>
        name.Length > NameBytesMax ? name[..NameBytesMax] : name;

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
