using System.Buffers.Binary;
using System.Net;

namespace Sento.Transport;

/// <summary>Where a client dials from, in few bytes: ten thousand idle ones keep it.</summary>
public readonly struct PeerAddress
{
    private readonly SocketAddress? _other;
    private readonly uint _host;
    private readonly ushort _port;

    public PeerAddress(SocketAddress address) => _other = address;

    private PeerAddress(uint host, ushort port) => (_host, _port) = (host, port);

    /// <summary>Reads what accept wrote.</summary>
    public static PeerAddress FromKernel(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 8 && BinaryPrimitives.ReadInt16LittleEndian(bytes) == Native.AF_INET
            ? new PeerAddress(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
                BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]))
            : new PeerAddress(SocketAddress.FromKernel(bytes));

    /// <summary>As people write it; made when asked for.</summary>
    public string Text => Address.Text;

    /// <summary>Without the port; localhost on a Unix socket.</summary>
    public string Host => Address is { IsUnix: false } address
        ? address.Text[..address.Text.LastIndexOf(':')].Trim('[', ']')
        : "localhost";

    public bool IsUnix => _other is { IsUnix: true };

    /// <summary>True on the loopback interface and on Unix sockets: bytes never leave the machine.</summary>
    public bool IsLocal => Address.IsLocal;

    private SocketAddress Address => _other ?? SocketAddress.From(new IPAddress(_host), _port);
}
