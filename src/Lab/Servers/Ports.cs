using System.Net;
using System.Net.Sockets;

namespace Sento.Lab.Servers;

/// <summary>Picks ports to listen on, outside the range that outgoing connections are given.</summary>
public static class Ports
{
    private const int First = 20_000;
    private const int Count = 10_000;
    private const int AttemptsMax = 1_000;

    private static int _next = Environment.ProcessId * 37 % Count;

    /// <summary>A port on 127.0.0.1 that is free now.</summary>
    public static int Free()
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var port = First + (_next++ % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next one then.
            }
        }
        throw new LabFault($"no port between {First} and {First + Count} is free");
    }
}
