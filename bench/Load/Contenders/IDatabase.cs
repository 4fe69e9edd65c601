using System.Net;

namespace Sento.Load.Contenders;

/// <summary>The throw-away server that everybody's clients are for.</summary>
internal interface IDatabase : IDisposable
{
    int Port { get; }

    Credentials Credentials { get; }

    /// <summary>The user that servers run as when we are root; else null: ourselves.</summary>
    string? User { get; }

    string Version { get; }

    /// <summary>As Sento takes it.</summary>
    string Url { get; }

    /// <param name="scale">In the units of the load program.</param>
    void Start(int scale);

    /// <summary>A client that has signed in at a port; it may run a query, and costs little.</summary>
    /// <exception cref="BenchFailure">Nobody listens, or sign-in failed.</exception>
    IRawClient SignIn(int port, IPAddress? source = null, string? certificatePath = null);
}

/// <summary>A client that is little more than its socket.</summary>
internal interface IRawClient : IDisposable
{
    void Query(string statement);
}
