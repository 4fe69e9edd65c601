using System.Globalization;
using System.Net;

namespace Sento.Model;

/// <summary>Where to listen: an address and a port, or the path of a Unix socket.</summary>
/// <param name="Address">Null: a Unix socket.</param>
/// <param name="Path">The socket's path; empty: TCP.</param>
public readonly record struct ListenAddress(IPAddress? Address, int Port, string Path)
{
    public const string Range =
        "ADDRESS:PORT, [V6]:PORT, *:PORT, localhost:PORT or the absolute path of a Unix socket";

    // The kernel's sockaddr_un has 108 bytes with the zero at the end.
    private const int PathBytesMax = 107;

    /// <summary>True when bytes never leave the machine: loopback and Unix sockets.</summary>
    public bool IsLocal => Address is null
        || IPAddress.IsLoopback(Address.IsIPv4MappedToIPv6 ? Address.MapToIPv4() : Address);

    /// <summary>All addresses of the machine.</summary>
    public bool IsEverywhere => IPAddress.Any.Equals(Address) || IPAddress.IPv6Any.Equals(Address);

    /// <summary>What is wrong with the text as an address; null: nothing.</summary>
    public static string? Check(string text) =>
        TryParse(text, out _)
            ? null
            : $"\"{text}\" is not an address to listen on; allowed: {Range}";

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new ListenAddress(null, 0, text);
        if (text.StartsWith('/'))
            return System.Text.Encoding.UTF8.GetByteCount(text) <= PathBytesMax && !text.EndsWith('/');
        var colon = text.LastIndexOf(':');
        if (colon < 0)
            return false;
        if (!int.TryParse(
            text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > ushort.MaxValue)
        {
            return false;
        }
        var host = text[..colon] switch
        {
            "localhost" => "127.0.0.1",
            "*" => "0.0.0.0",
            var other => other,
        };
        // Without brackets a v6 address and its port can't be told apart.
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var ip)
            || isBracketed != (ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            || (!isBracketed && host.Count(character => character == '.') != 3))
        {
            return false;
        }
        address = new ListenAddress(ip, port, "");
        return true;
    }

    /// <summary>Whether the kernel would refuse to give out both.</summary>
    public bool Overlaps(ListenAddress other)
    {
        if (Address is null || other.Address is null)
            return Address is null && other.Address is null && Path == other.Path;
        if (Port != other.Port || Port == 0)
            return false;
        // [::] takes v4 too, as Linux does by default.
        return Address.Equals(other.Address)
            || Address.Equals(IPAddress.IPv6Any) || other.Address.Equals(IPAddress.IPv6Any)
            || (Address.AddressFamily == other.Address.AddressFamily
                && (Address.Equals(IPAddress.Any) || other.Address.Equals(IPAddress.Any)));
    }

    public override string ToString() => Address is null ? Path : new IPEndPoint(Address, Port).ToString();
}
