using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Support.Processes;

/// <summary>
/// Ports for servers under test: below the range that clients are given, never handed out twice.
/// </summary>
public static class FreePort
{
    private const int First = 21000;
    private const int Count = 11000;

    /// <summary>
    /// The locks live as long as this process: no other test run takes the same port meanwhile.
    /// </summary>
    private static readonly List<FileStream> Locks = [];

    public static int Take()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + Random.Shared.Next(Count);
            var lockName = string.Create(CultureInfo.InvariantCulture, $"port-{port}");
            if (IsFree(port) && RunFolder.TryLock(lockName) is { } held)
            {
                lock (Locks)
                    Locks.Add(held);
                return port;
            }
        }
        throw new InvalidOperationException($"No free port from {First} to {First + Count - 1}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
