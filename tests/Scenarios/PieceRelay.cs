using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Passes bytes between a proxy and its server in pieces of a size, through the smallest buffers there are.
/// </summary>
internal sealed class PieceRelay : IAsyncDisposable
{
    private const int BufferBytes = 4096;

    private readonly Socket _listener = Small();
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task> _connections = [];
    private readonly int _serverPort;
    private readonly int _pieceBytes;
    private readonly Task _accepting;

    public PieceRelay(int serverPort, int pieceBytes)
    {
        (_serverPort, _pieceBytes) = (serverPort, pieceBytes);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        _accepting = AcceptAll();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ended.Dispose();
    }

    private static Socket Small() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        SendBufferSize = BufferBytes,
        ReceiveBufferSize = BufferBytes,
        NoDelay = true,
    };

    private async Task AcceptAll()
    {
        try
        {
            while (true)
                _connections.Add(Pass(await _listener.AcceptAsync(_ended.Token)));
        }
        catch (Exception over) when (IsEnd(over))
        {
            // The test is over.
        }
    }

    private async Task Pass(Socket proxy)
    {
        using var near = proxy;
        using var far = Small();
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _serverPort, _ended.Token);
            await Task.WhenAny(Copy(near, far), Copy(far, near));
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }

    private async Task Copy(Socket from, Socket to)
    {
        var piece = new byte[_pieceBytes];
        try
        {
            while (await from.ReceiveAsync(piece, _ended.Token) is > 0 and var count)
            {
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(piece.AsMemory(sent, count - sent), _ended.Token);
            }
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }

    private static bool IsEnd(Exception over) =>
        over is OperationCanceledException or SocketException or ObjectDisposedException;
}
