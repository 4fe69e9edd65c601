using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Transport;
using Xunit;
using SocketAddress = Sento.Transport.SocketAddress;

namespace Sento.Tests.DriverConformance;

/// <summary>The drivers that this machine permits: every fact of this suite is true of each.</summary>
internal static class Drivers
{
    public static TheoryData<string> All { get; } =
        [.. DriverChoice.Names.Where(name => DriverChoice.TryMake(name, 1, out _) is not null)];

    public static ILoopDriver Make(string name)
    {
        var choice = DriverChoice.TryMake(name, 1, out var error);
        Assert.True(choice is not null, error);
        return choice.Create();
    }
}

/// <summary>
/// One running loop on one driver, with a listener that hands its clients to what a test says.
/// </summary>
internal sealed class LoopGround : IListenerOwner, IAsyncDisposable
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    private readonly CpuWorkers _workers = new(threadCount: 1);
    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly string? _folder;
    private Listener? _listener;

    private LoopGround(string driver, string? folder)
    {
        _folder = folder;
        Loop = new EventLoop("loop under test", _workers, _faults.Enqueue, Drivers.Make(driver));
    }

    public EventLoop Loop { get; }

    public SocketAddress Address => _listener!.Address;

    /// <summary>What to do with an accepted client; loop thread.</summary>
    public required Func<ConnectionLog> Accepting { get; init; }

    public BlockingCollection<ConnectionLog> Accepted { get; } = [];

    public static Task<LoopGround> Start(string driver, Func<ConnectionLog>? accepting = null) =>
        StartAt(driver, "127.0.0.1:0", null, accepting);

    public static Task<LoopGround> StartUnix(string driver, Func<ConnectionLog>? accepting = null)
    {
        var folder = RunFolder.Create("loop");
        return StartAt(driver, Path.Combine(folder, "socket"), folder, accepting);
    }

    /// <summary>Runs on the loop's thread and brings the result, or the exception, back.</summary>
    public async Task<T> Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        return await done.Task.WaitAsync(Patience);
    }

    public Task Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>A client of the loop's listener, blocking.</summary>
    public Socket Dial()
    {
        var socket = NewSocket();
        Dial(socket);
        return socket;
    }

    public Socket NewSocket() => Address.IsUnix
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public void Dial(Socket socket)
    {
        socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
        socket.Connect(EndPoint);
    }

    public EndPoint EndPoint => Address.IsUnix
        ? new UnixDomainSocketEndPoint(Address.UnixPath)
        : new IPEndPoint(IPAddress.Loopback, Address.Port);

    /// <summary>A client and the loop's end of it.</summary>
    public (Socket Client, ConnectionLog Server) DialPair()
    {
        var client = Dial();
        Assert.True(Accepted.TryTake(out var server, Patience));
        return (client, server);
    }

    public void OnAccepted(Listener listener, int descriptor, PeerAddress peer)
    {
        var log = Accepting();
        log.Connection = Connection.Accept(Loop, descriptor, log);
        log.Peer = peer;
        Accepted.Add(log);
    }

    public void OnAcceptFailed(Listener listener, string error) =>
        _faults.Enqueue(new InvalidOperationException(error));

    public Task StopListening() => Run(_listener!.Close);

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
            await StopListening();
        Loop.Dispose();
        _workers.Dispose();
        Accepted.Dispose();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
        Assert.Empty(_faults);
    }

    private static async Task<LoopGround> StartAt(
        string driver, string address, string? folder, Func<ConnectionLog>? accepting)
    {
        var ground = new LoopGround(driver, folder) { Accepting = accepting ?? (() => new ConnectionLog()) };
        var at = SocketAddress.TryParse(address)!;
        ground._listener = Listener.TryOpen(ground.Loop, ground, at, KeepAlive.Strict, out var error);
        Assert.True(ground._listener is not null, error);
        ground.Loop.Start();
        await ground.Run(ground._listener.Start);
        return ground;
    }
}
