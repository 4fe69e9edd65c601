using System.Buffers.Binary;
using Sento.Base;

namespace Sento.Postgres.Wire;

/// <summary>CopyData messages that lie one behind the other. PostgreSQL 18, COPY Operations.</summary>
public static class CopyRun
{
    /// <summary>
    /// Messages of data that follow each other pass as one: each would cost a write of its own.
    /// </summary>
    /// <param name="totalBytes">Where the first message ends.</param>
    /// <returns>Where the last one ends that begins in the window; that may be beyond it.</returns>
    public static int End(ReadOnlySpan<byte> window, int totalBytes)
    {
        while (window.Length - totalBytes >= MessageHeader.Bytes && window[totalBytes] == ClientCode.CopyData)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(window[(totalBytes + 1)..]);
            // Whoever reads it alone says what is wrong with it.
            if (length is < 4 or > Limits.MessageBytesMax - 1)
                break;
            totalBytes += length + 1;
        }
        return totalBytes;
    }
}
