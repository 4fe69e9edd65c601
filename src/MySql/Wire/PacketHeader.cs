namespace Sento.MySql.Wire;

/// <summary>
/// int&lt;3&gt; length of the payload, int&lt;1&gt; sequence number. MySQL Internals, MySQL Packets.
/// </summary>
/// <remarks>A payload of exactly 2^24-1 bytes goes on in the next packet, which may be empty.</remarks>
internal readonly record struct PacketHeader(int PayloadBytes, byte Sequence)
{
    public const int Bytes = 4;

    public const int PayloadBytesMax = 0xff_ffff;

    public int TotalBytes => PayloadBytes + Bytes;

    /// <summary>The payload goes on in the next packet.</summary>
    public bool Continues => PayloadBytes == PayloadBytesMax;

    public static bool TryRead(ReadOnlySpan<byte> window, out PacketHeader header)
    {
        if (window.Length < Bytes)
        {
            header = default;
            return false;
        }
        header = new PacketHeader(window[0] | window[1] << 8 | window[2] << 16, window[3]);
        return true;
    }
}
