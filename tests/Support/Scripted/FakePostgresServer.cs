using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Support.Scripted;

/// <summary>A server on a loopback port that says exactly what a test tells it, for faults that no real server makes.</summary>
/// <remarks>
/// Each accepted connection is a <see cref="FakeConnection"/>. Either take them one by one with <see cref="Accept"/>,
/// or give the constructor a play that each connection performs.
/// </remarks>
public sealed class FakePostgresServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly List<FakeConnection> _connections = [];
    private readonly List<Task> _plays = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting = Task.CompletedTask;

    public FakePostgresServer()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
    }

    /// <param name="play">What each connection does. One that ends early with the client's end is no failure.</param>
    public FakePostgresServer(Func<FakeConnection, Task> play) : this() => _accepting = AcceptAll(play);

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>How many connections have come in.</summary>
    public int AcceptedCount { get; private set; }

    /// <summary>The next connection; fails after the deadline.</summary>
    public async Task<FakeConnection> Accept(TimeSpan? deadline = null)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        timer.CancelAfter(deadline ?? TimeSpan.FromSeconds(60));
        return Wrap(await _listener.AcceptAsync(timer.Token));
    }

    /// <summary>Ends everything; throws what a play threw, so that a broken play fails its test.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        lock (_connections)
            _connections.ForEach(c => c.Dispose());
        await _accepting;
        await Task.WhenAll(_plays);
        _ended.Dispose();
    }

    private async Task AcceptAll(Func<FakeConnection, Task> play)
    {
        try
        {
            while (true)
            {
                var connection = Wrap(await _listener.AcceptAsync(_ended.Token));
                _plays.Add(Perform(play, connection));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private static async Task Perform(Func<FakeConnection, Task> play, FakeConnection connection)
    {
        await Task.Yield();
        try
        {
            await play(connection);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side has gone, or the test is over.
        }
        finally
        {
            connection.Dispose();
        }
    }

    private FakeConnection Wrap(Socket socket)
    {
        socket.NoDelay = true;
        var connection = new FakeConnection(new ScriptSocket(socket, TimeSpan.FromSeconds(60)));
        lock (_connections)
        {
            AcceptedCount++;
            _connections.Add(connection);
        }
        return connection;
    }
}
