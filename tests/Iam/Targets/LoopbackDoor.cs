using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Iam.Targets;

/// <summary>Listens on a port of loopback until it is disposed, and has each connection served.</summary>
internal sealed class LoopbackDoor : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<TcpClient, Task> _serve;

    public LoopbackDoor(Func<TcpClient, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _ = ListenAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task ListenAsync()
    {
        try
        {
            while (true)
                _ = _serve(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }
}
