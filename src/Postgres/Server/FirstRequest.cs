namespace Sento.Postgres.Server;

/// <summary>
/// The first bytes that a client sent in a lease, kept while they could still have to be sent elsewhere.
/// One for
/// each server connection.
/// </summary>
/// <remarks>
/// They are of use only when all that the client has sent went out in one piece that fits in one segment of
/// TCP:
/// then the server has either read all of it or nothing.
/// </remarks>
internal sealed class FirstRequest
{
    /// <summary>One segment on any path, with room for a TLS record: IPv6 demands 1280 bytes.</summary>
    public const int BytesMax = 1000;

    private byte[]? _bytes;
    private int _count;

    /// <summary>The client has sent nothing in this lease.</summary>
    public bool IsUnused { get; private set; }

    /// <summary>The bytes as the client sent them; empty: there is more to it than could be moved.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    public void OnLeaseBegins()
    {
        IsUnused = true;
        _count = 0;
    }

    /// <summary>The client's first bytes went to the server in one piece.</summary>
    public void Keep(ReadOnlySpan<byte> asked)
    {
        IsUnused = false;
        _bytes ??= new byte[BytesMax];
        asked.CopyTo(_bytes);
        _count = asked.Length;
    }

    /// <summary>More has been sent, or in another way.</summary>
    public void OnMoreSent()
    {
        IsUnused = false;
        _count = 0;
    }

    /// <summary>The client has been told something: to ask again elsewhere would tell it twice.</summary>
    public void OnAnswered() => _count = 0;
}
