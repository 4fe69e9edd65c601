using System.Collections.Immutable;
using System.Net;
using Sento.Identity.DbAuth;
using Sento.Model;

namespace Sento.Host.Identities;

/// <summary>The names and ports that an endpoint's tokens may be made for.</summary>
internal static class AdvertisedHosts
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "::1"];

    public static ImmutableArray<HostAndPort> Of(EndpointConfig endpoint)
    {
        var hosts = ImmutableArray.CreateBuilder<HostAndPort>();
        var ports = new HashSet<int>();
        foreach (var text in endpoint.Listen)
        {
            if (!ListenAddress.TryParse(text, out var address) || address.Address is not { } ip)
                continue;
            ports.Add(address.Port);
            if (IPAddress.IsLoopback(ip) || address.IsEverywhere)
                hosts.AddRange(LoopbackNames.Select(name => new HostAndPort(name, address.Port)));
            if (!address.IsEverywhere)
                hosts.Add(new HostAndPort(ip.ToString(), address.Port));
        }
        foreach (var text in endpoint.AdvertisedHosts)
        {
            var hasPort = text.LastIndexOf(':') > text.LastIndexOf(']');
            if (hasPort && HostAndPort.TryParse(text, out var host))
                hosts.Add(host);
            else
                hosts.AddRange(ports.Select(port => new HostAndPort(text.Trim('[', ']'), port)));
        }
        return hosts.ToImmutable();
    }
}
