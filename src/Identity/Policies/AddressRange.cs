using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sento.Identity.Policies;

/// <summary>An IP address or a range in CIDR form. Bits behind the prefix are ignored, as at AWS.</summary>
internal sealed class AddressRange
{
    private readonly byte[] _network;
    private readonly int _prefixBits;

    private AddressRange(byte[] network, int prefixBits)
    {
        _network = network;
        _prefixBits = prefixBits;
    }

    public bool IsEverything => _prefixBits == 0;

    public static bool TryParse(string text, out AddressRange range)
    {
        range = new AddressRange([], 0);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        // .NET would take "10.1" and "0x0a.1" too: only the four plain numbers are meant.
        if (!IPAddress.TryParse(host, out var address) || address.ScopeIdIsSet()
            || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != host))
            return false;
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (slash >= 0 && (!int.TryParse(
                text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out bits)
            || bits > bytes.Length * 8))
            return false;
        range = new AddressRange(bytes, bits);
        return true;
    }

    public bool Contains(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        if (bytes.Length != _network.Length)
            return false;
        for (var i = 0; i < _prefixBits; i++)
        {
            var mask = 0x80 >> (i % 8);
            if (((bytes[i / 8] ^ _network[i / 8]) & mask) != 0)
                return false;
        }
        return true;
    }
}

internal static class IPAddressScope
{
    public static bool ScopeIdIsSet(this IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0;
}
