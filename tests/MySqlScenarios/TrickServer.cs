using System.Net;
using System.Net.Sockets;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// Stands between the proxy and a real server and passes everything on, but to texts with a name of a trick
/// in them it answers itself, with bytes that no server should say. One text it can hold back, and one take
/// for its end.
/// </summary>
internal sealed class TrickServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task> _connections = [];
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IReadOnlyDictionary<string, byte[]> _tricks;
    private readonly int _serverPort;
    private readonly Task _accepting;

    public TrickServer(int serverPort, IReadOnlyDictionary<string, byte[]> tricks)
    {
        (_serverPort, _tricks) = (serverPort, tricks);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        _accepting = AcceptAll();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>
    /// Prepared for the second time and later, this text takes its connection down; null: none does.
    /// </summary>
    public string? Deadly { get; init; }

    /// <summary>
    /// What brings this to the server waits for <see cref="LetGo"/>; null: nothing does.
    /// </summary>
    public byte[]? Withheld { get; init; }

    public bool IsWithholding { get; private set; }

    public void LetGo() => _letGo.TrySetResult();

    /// <summary>How often that text was to be prepared.</summary>
    public int DeadlyCount { get; private set; }

    /// <summary>What the proxy has sent behind a trick, which a real server never saw.</summary>
    public int PlayedCount { get; private set; }

    public async ValueTask DisposeAsync()
    {
        LetGo();
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
            // The test is over.
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
            await Task.WhenAny(Copy(near, far, TrickIn), Copy(far, near, _ => null));
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }

    private async Task Copy(Socket from, Socket to, Func<ReadOnlyMemory<byte>, byte[]?> trick)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ended.Token) is > 0 and var count)
            {
                if (Withheld is { } held && buffer.AsSpan(0, count).IndexOf(held) >= 0)
                {
                    IsWithholding = true;
                    await _letGo.Task;
                }
                if (IsDeadly(buffer.AsSpan(0, count)))
                    return;
                if (trick(buffer.AsMemory(0, count)) is { } bytes)
                {
                    PlayedCount++;
                    await from.SendAsync(bytes, _ended.Token);
                    continue;
                }
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _ended.Token);
            }
        }
        catch (Exception over) when (IsEnd(over))
        {
            // One side has had enough.
        }
    }

    private byte[]? TrickIn(ReadOnlyMemory<byte> bytes)
    {
        foreach (var (name, answer) in _tricks)
        {
            if (bytes.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(name)) >= 0)
                return answer;
        }
        return null;
    }

    private bool IsDeadly(ReadOnlySpan<byte> bytes) => Deadly is { } text
        && bytes.IndexOf((byte[])[0x16, .. System.Text.Encoding.ASCII.GetBytes(text)]) >= 0
        && ++DeadlyCount > 1;

    private static bool IsEnd(Exception over) =>
        over is OperationCanceledException or SocketException or ObjectDisposedException;
}
