using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Support.Relays;

/// <summary>Passes bytes between a proxy and its server.</summary>
public sealed class PassingRelay : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task> _connections = [];
    private readonly int _serverPort;
    private readonly int _pieceBytes;
    private readonly int _bufferBytes;
    private readonly Func<bool, Action<Memory<byte>>?> _newChange;
    private readonly Task _accepting;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _toHold;
    private int _accepted;

    /// <param name="serverPort">Of the server, on loopback.</param>
    /// <param name="pieceBytes">At most so many bytes are passed at a time.</param>
    /// <param name="bufferBytes">Of each socket's buffers; 0: as the system likes.</param>
    /// <param name="newChange">
    /// Asked for each way of each connection (true: what the server says): what is done to the bytes before
    /// they are passed.
    /// </param>
    public PassingRelay(
        int serverPort, int pieceBytes = 16 * 1024, int bufferBytes = 0,
        Func<bool, Action<Memory<byte>>?>? newChange = null)
    {
        _newChange = newChange ?? (_ => null);
        (_serverPort, _pieceBytes, _bufferBytes) = (serverPort, pieceBytes, bufferBytes);
        _listener = NewSocket();
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAll();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>
    /// The next connection is accepted and hears nothing before <see cref="ReleaseHeld"/>, which may never
    /// come.
    /// </summary>
    public void HoldNext() => Interlocked.Increment(ref _toHold);

    /// <summary>Whoever was held, or will be, is passed on.</summary>
    public void ReleaseHeld() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ended.Dispose();
    }

    private static bool IsEnd(Exception over) =>
        over is OperationCanceledException or SocketException or ObjectDisposedException;

    private Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
        };
        if (_bufferBytes > 0)
            socket.SendBufferSize = socket.ReceiveBufferSize = _bufferBytes;
        return socket;
    }

    private async Task AcceptAll()
    {
        try
        {
            while (true)
            {
                var proxy = await _listener.AcceptAsync(_ended.Token);
                Interlocked.Increment(ref _accepted);
                var holds = Volatile.Read(ref _toHold) > 0;
                if (holds)
                    Interlocked.Decrement(ref _toHold);
                _connections.Add(holds ? Hold(proxy) : Pass(proxy));
            }
        }
        catch (Exception over) when (IsEnd(over))
        {
            // The test is over.
        }
    }

    private async Task Hold(Socket proxy)
    {
        try
        {
            await _released.Task.WaitAsync(_ended.Token);
        }
        catch (OperationCanceledException)
        {
            proxy.Dispose();
            return;
        }
        await Pass(proxy);
    }

    private async Task Pass(Socket proxy)
    {
        using var near = proxy;
        using var far = NewSocket();
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _serverPort, _ended.Token);
            await Task.WhenAny(Copy(near, far, _newChange(false)), Copy(far, near, _newChange(true)));
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }

    private async Task Copy(Socket from, Socket to, Action<Memory<byte>>? change)
    {
        var piece = new byte[_pieceBytes];
        try
        {
            while (await from.ReceiveAsync(piece, _ended.Token) is > 0 and var count)
            {
                change?.Invoke(piece.AsMemory(0, count));
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(piece.AsMemory(sent, count - sent), _ended.Token);
            }
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }
}
