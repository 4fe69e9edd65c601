using System.Buffers.Binary;

namespace Sento.Transport;

/// <summary>Asks the system for how long a peer's machine has answered nothing.</summary>
public static unsafe class PeerSilence
{
    // Offsets in Linux's struct tcp_info, which only grows at its end.
    private const int Retransmits = 2, Probes = 3, LastDataReceived = 52, LastAckReceived = 56, Bytes = 60;

    /// <summary>
    /// How long ago anything came from a peer that owes an answer to bytes or to a probe; zero: it owes
    /// none, or nobody can say. A program that does not read owes nothing: its machine answers.
    /// </summary>
    public static TimeSpan Of(Connection connection)
    {
        if (connection.IsClosed)
            return TimeSpan.Zero;
        Span<byte> info = stackalloc byte[Bytes];
        var length = (uint)Bytes;
        fixed (byte* start = info)
        {
            if (Native.getsockopt(
                    connection.Descriptor, Native.IPPROTO_TCP, Native.TCP_INFO, start, &length) != 0
                || length < Bytes)
                return TimeSpan.Zero;
        }
        if (info[Retransmits] == 0 && info[Probes] == 0)
            return TimeSpan.Zero;
        var data = BinaryPrimitives.ReadUInt32LittleEndian(info[LastDataReceived..]);
        var answer = BinaryPrimitives.ReadUInt32LittleEndian(info[LastAckReceived..]);
        return TimeSpan.FromMilliseconds(Math.Min(data, answer));
    }
}
