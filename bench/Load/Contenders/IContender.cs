namespace Sento.Load.Contenders;

/// <summary>
/// One way to reach the database, measured beside the others. Add an implementation to add a peer.
/// </summary>
internal interface IContender : IDisposable
{
    string Name { get; }

    /// <summary>What exactly it is, for the head of a report.</summary>
    string Description { get; }

    /// <summary>Where clients connect, on 127.0.0.1.</summary>
    int Port { get; }

    /// <summary>
    /// The process whose tree is charged; null when there is none between client and server.
    /// </summary>
    int? ProcessId { get; }

    /// <summary>Out of what needs TLS, or more clients than the server has connections.</summary>
    bool IsRelay => false;

    /// <summary>Starts it and returns when a client can sign in and run a query.</summary>
    /// <exception cref="BenchFailure">It does not serve; the message says why.</exception>
    void Start();

    void Stop();
}
