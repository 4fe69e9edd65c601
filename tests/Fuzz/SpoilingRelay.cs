using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.Fuzz;

/// <summary>
/// Passes bytes between the proxy and a real server, and spoils what the server says; where is left to the
/// seed.
/// </summary>
public sealed class SpoilingRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task> _connections = [];
    private readonly int _serverPort;
    private readonly Task _accepting;
    private Mutator? _mutator;

    public SpoilingRelay(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAll();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Changes made so far.</summary>
    public int SpoiltCount { get; private set; }

    public void Begin(int seed) => Volatile.Write(ref _mutator, new Mutator(seed));

    /// <summary>From now on all is passed as it is.</summary>
    public void End() => Volatile.Write(ref _mutator, null);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ended.Dispose();
    }

    private async Task AcceptAll()
    {
        try
        {
            while (true)
                _connections.Add(Pass(await _listener.AcceptAsync(_ended.Token)));
        }
        catch (Exception over) when (IsEnd(over))
        {
            // The tests are over.
        }
    }

    private async Task Pass(Socket proxy)
    {
        using var near = proxy;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.NoDelay = far.NoDelay = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _serverPort, _ended.Token);
            await Task.WhenAny(Copy(near, far, spoils: false), Copy(far, near, spoils: true));
        }
        catch (Exception broken) when (broken is OperationCanceledException or SocketException)
        {
            // One side has had enough.
        }
    }

    private async Task Copy(Socket from, Socket to, bool spoils)
    {
        var buffer = new byte[16 * 1024];
        var honestReads = ReadsUntilSpoilt();
        try
        {
            while (await from.ReceiveAsync(buffer, _ended.Token) is > 0 and var count)
            {
                if (spoils && --honestReads < 0 && Volatile.Read(ref _mutator) is { } mutator)
                    Spoil(mutator, buffer.AsSpan(0, count));
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _ended.Token);
            }
        }
        catch (Exception broken) when (IsEnd(broken))
        {
            // One side has had enough.
        }
    }

    /// <summary>Few sign-ins are spoilt: a target that refuses all is left alone for a while.</summary>
    private int ReadsUntilSpoilt()
    {
        if (Volatile.Read(ref _mutator) is not { } mutator)
            return 0;
        lock (mutator)
            return mutator.Random.Next(mutator.Random.Next(8) == 0 ? 6 : 60);
    }

    private static bool IsEnd(Exception over) =>
        over is OperationCanceledException or SocketException or ObjectDisposedException;

    private void Spoil(Mutator mutator, Span<byte> bytes)
    {
        // Copies run side by side, and a source of chance is not made for that.
        lock (mutator)
        {
            if (mutator.Random.Next(6) != 0)
                return;
            mutator.SpoilInPlace(bytes);
            SpoiltCount++;
        }
    }
}
