using Sento.Model;
using Sento.Transport;

namespace Sento.DataPlane.Routing;

/// <summary>Where clients connect: the listeners of one endpoint of a proxy.</summary>
public sealed class Endpoint(EndpointConfig config)
{
    internal readonly List<Listener> Listeners = [];

    public EndpointConfig Config { get; internal set; } = config;

    public string Name => Config.DBProxyEndpointName;

    public IEnumerable<SocketAddress> Addresses => Listeners.Select(listener => listener.Address);
}
