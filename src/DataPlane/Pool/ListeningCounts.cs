namespace Sento.DataPlane.Pool;

/// <summary>Server connections that only listen for notifications, over all databases of a target.</summary>
public sealed class ListeningCounts
{
    public int Connections { get; set; }

    /// <summary>Channels that they listen to.</summary>
    public int Channels { get; set; }

    /// <summary>Clients that they listen for.</summary>
    public int Clients { get; set; }
}
