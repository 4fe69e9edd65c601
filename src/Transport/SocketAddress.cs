using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Sento.Base;

namespace Sento.Transport;

/// <summary>An address and port, or the path of a Unix socket, as the kernel wants it.</summary>
public sealed class SocketAddress
{
    private const int UnixPathBytesMax = 107;
    private readonly byte[] _bytes;
    private readonly string? _path;

    private SocketAddress(byte[] bytes, string? path)
    {
        _bytes = bytes;
        _path = path;
    }

    /// <summary>As people write it: 127.0.0.1:6432, [::1]:6432, /run/sento/.s.PGSQL.6432.</summary>
    /// <remarks>Written when asked for: ten thousand idle clients need not keep it.</remarks>
    public string Text => _path ?? (Family == Native.AF_INET6
        ? $"[{new IPAddress(_bytes.AsSpan(8, 16))}]:{Port}"
        : $"{new IPAddress(_bytes.AsSpan(4, 4))}:{Port}");

    public ReadOnlySpan<byte> Bytes => _bytes;

    public int Family => BinaryPrimitives.ReadInt16LittleEndian(_bytes);

    public bool IsUnix => Family == Native.AF_UNIX;

    /// <summary>True on the loopback interface and on Unix sockets: bytes never leave the machine.</summary>
    public bool IsLocal => IsUnix
        || (Family == Native.AF_INET && _bytes[4] == 127)
        || (Family == Native.AF_INET6 && new IPAddress(_bytes.AsSpan(8, 16)) is var ip
            && (IPAddress.IsLoopback(ip) || (ip.IsIPv4MappedToIPv6 && _bytes[20] == 127)));

    public int Port => IsUnix ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(2));

    public string UnixPath => _path ?? "";

    public override string ToString() => Text;

    public static SocketAddress From(IPAddress address, int port)
    {
        var six = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var bytes = new byte[six ? 28 : 16];
        BinaryPrimitives.WriteInt16LittleEndian(bytes, (short)(six ? Native.AF_INET6 : Native.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.TryWriteBytes(bytes.AsSpan(six ? 8 : 4), out _);
        return new SocketAddress(bytes, null);
    }

    /// <summary>
    /// The socket at <paramref name="path"/>; null when the path is longer than the kernel's 107 bytes.
    /// </summary>
    public static SocketAddress? FromUnixPath(string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        if (name.Length > UnixPathBytesMax)
            return null;
        var bytes = new byte[2 + name.Length + 1];
        BinaryPrimitives.WriteInt16LittleEndian(bytes, Native.AF_UNIX);
        name.CopyTo(bytes, 2);
        return new SocketAddress(bytes, path);
    }

    /// <summary>
    /// Reads host:port, [v6]:port, *:port or an absolute path; null when it is none of these. No name
    /// look-up.
    /// </summary>
    public static SocketAddress? TryParse(string text)
    {
        if (text.StartsWith('/'))
            return FromUnixPath(text);
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > 65535)
            return null;
        var host = text[..colon].Trim('[', ']');
        if (host is "localhost")
            host = "127.0.0.1";
        if (host is "*" or "")
            host = "0.0.0.0";
        return IPAddress.TryParse(host, out var address) ? From(address, port) : null;
    }

    /// <summary>Reads what accept, getsockname or getpeername wrote.</summary>
    public static SocketAddress FromKernel(ReadOnlySpan<byte> bytes)
    {
        var family = bytes.Length < 2 ? Native.AF_UNIX : BinaryPrimitives.ReadInt16LittleEndian(bytes);
        if (family == Native.AF_INET && bytes.Length >= 8)
            return From(new IPAddress(bytes.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        if (family == Native.AF_INET6 && bytes.Length >= 24)
            return From(new IPAddress(bytes.Slice(8, 16)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        var unix = FromUnixPath("(unix)");
        Invariant.Holds(unix is not null);
        return unix;
    }
}
