using System.Collections.Immutable;

namespace Sento.ControlPlane.Api;

/// <summary>A request as it came, whatever carried it.</summary>
/// <param name="Path">Raw.</param>
/// <param name="Query">Raw, without its question mark.</param>
/// <param name="Headers">All of them, in order, untouched: the signature is over them.</param>
/// <param name="SourceAddress">The caller's address; null: a Unix socket.</param>
public sealed record ApiRequest(
    string Method, string Path, string Query, ImmutableArray<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte> Body, string? SourceAddress, bool IsTls)
{
    public string? Header(string name) => Headers
        .Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
        .Select(header => header.Value)
        .FirstOrDefault();
}

/// <summary>An answer. Its body may be a secret: whoever has sent it wipes it.</summary>
public sealed record ApiResponse(int Status, string ContentType, byte[] Body, string RequestId);
