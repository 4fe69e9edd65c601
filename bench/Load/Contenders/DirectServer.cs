namespace Sento.Load.Contenders;

/// <summary>No proxy at all: the yardstick for throughput and latency.</summary>
internal sealed class DirectServer(IDatabase server) : IContender
{
    public string Name => "direct";

    public string Description => "no proxy, one server connection for each client";

    public int Port => server.Port;

    public int? ProcessId => null;

    public bool IsRelay => true;

    public void Start()
    {
        // The server runs already: it is everybody's.
    }

    public void Stop()
    {
        // And it outlives every contender.
    }

    public void Dispose()
    {
    }
}
