using System.Collections.Concurrent;
using Sento.Base;
using Sento.Tests.Support;
using Sento.Transport;
using SocketAddress = Sento.Transport.SocketAddress;

namespace Sento.Tests.DriverConformance;

/// <summary>
/// Writes down all that a connection tells, and does what a test says about received bytes.
/// </summary>
internal sealed class ConnectionLog : IConnectionOwner
{
    private long _receivedCount;

    public Connection Connection { get; set; } = null!;

    public PeerAddress? Peer { get; set; }

    /// <summary>In order: connected, secured, closed, drained, fault.</summary>
    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>
    /// Loop thread, with the bytes that are new; null: they are kept in <see cref="Kept"/>.
    /// </summary>
    public Action<ConnectionLog, ReadOnlyMemory<byte>>? Receiving { get; init; }

    /// <summary>Loop thread only, or when nothing runs any more.</summary>
    public MemoryStream Kept { get; } = new();

    public long ReceivedCount => Volatile.Read(ref _receivedCount);

    public bool IsClosed => Events.Any(word => word.StartsWith("closed", StringComparison.Ordinal));

    /// <summary>Sends back all that comes and stops reading while it is backed up.</summary>
    public static ConnectionLog Echo() => new() { Receiving = (log, bytes) => log.SendBack(bytes.Span) };

    public void OnConnected(Connection connection, int error)
    {
        Events.Enqueue(error == 0 ? "connected" : Connection.Describe(error));
        if (error != 0)
            connection.Close();
    }

    public int OnReceived(Connection connection, ReadOnlySpan<byte> window)
    {
        // Before the handler: what it tells the test must find the count.
        Interlocked.Add(ref _receivedCount, window.Length);
        if (Receiving is null) Kept.Write(window);
        else Receiving(this, window.ToArray());
        return window.Length;
    }

    public void OnSendDrained(Connection connection)
    {
        Events.Enqueue("drained");
        connection.Resume();
    }

    public void OnSecured(Connection connection, string? error) => Events.Enqueue($"secured {error}".Trim());

    public void OnClosed(Connection connection, CloseCause cause) => Events.Enqueue($"closed {cause}");

    public void OnFault(Connection connection, Exception fault)
    {
        Events.Enqueue($"fault {fault.Message}");
        connection.Close();
    }

    public Task HasReceived(long count) => Eventually.Holds(() => ReceivedCount >= count);

    public Task Told(string word) => Eventually.Holds(() => Events.Contains(word));

    private void SendBack(ReadOnlySpan<byte> bytes)
    {
        Connection.Send(bytes);
        if (Connection.IsBackedUp)
            Connection.Pause();
    }
}
