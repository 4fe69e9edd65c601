using System.Net;
using System.Net.Sockets;

namespace Sento.Load.Contenders;

/// <summary>Picks ports to listen on.</summary>
internal static class Ports
{
    // Below the range from which the kernel takes the ports of outgoing connections: ten thousand clients
    // would otherwise sooner or later sit on a port that a restarted proxy needs.
    private static int _next = 21_000 + (Environment.ProcessId % 8_000);

    /// <summary>A port on 127.0.0.1 that is free now.</summary>
    public static int Free()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = _next++;
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

        throw new BenchFailure("no free port between 21000 and 30000");
    }
}
