using System.Collections.Immutable;
using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

public enum ReplicationKind { None, Physical, Logical }

/// <summary>What a client asks for when it starts. Immutable: who signs in is settled here.</summary>
public sealed record StartupParameters
{
    /// <summary>Newest 3.x that we speak.</summary>
    public const int NewestMinor = 2;

    /// <summary>The x of the 3.x that the client wants; may be beyond what exists.</summary>
    public required int RequestedMinor { get; init; }

    /// <summary>Never empty.</summary>
    public required string User { get; init; }

    /// <summary>Null: the client names none, and PostgreSQL would take the user's name.</summary>
    public string? Database { get; init; }

    public ReplicationKind Replication { get; init; }

    /// <summary>Settings in the order PostgreSQL applies them: those of `options`, then the others.</summary>
    /// <remarks>
    /// Names as the client spelt them, never empty; a name may come twice, and the last one wins.
    /// </remarks>
    public ImmutableArray<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>Protocol options (`_pq_.`...); we know none of them yet.</summary>
    public ImmutableArray<string> UnknownProtocolOptions { get; init; } = [];

    /// <summary>The x of the 3.x that both sides speak from now on.</summary>
    public int Minor => Math.Min(RequestedMinor, NewestMinor);

    /// <summary>The client must be told what it does not get, before any other answer.</summary>
    public bool MustNegotiate => RequestedMinor > NewestMinor || !UnknownProtocolOptions.IsEmpty;

    /// <summary>NegotiateProtocolVersion where it is due, nothing otherwise.</summary>
    public void WriteNegotiation(ByteBuffer output)
    {
        if (MustNegotiate)
            MessageWriter.NegotiateProtocolVersion(output, Minor, UnknownProtocolOptions);
    }
}
