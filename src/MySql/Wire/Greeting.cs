using System.Text;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// The server's first packet: 10, version NUL, int&lt;4&gt; id, 8 bytes of salt, 0, int&lt;2&gt;
/// capabilities, int&lt;1&gt; charset, int&lt;2&gt; status, int&lt;2&gt; capabilities, int&lt;1&gt; length
/// of the salt, 10 reserved (the last 4: MariaDB's capabilities), rest of the salt, plugin NUL. MySQL
/// Internals, Protocol::HandshakeV10.
/// </summary>
internal sealed record Greeting
{
    public const int SaltBytes = 20;

    public required string Version { get; init; }

    public required uint ConnectionId { get; init; }

    public required byte[] Salt { get; init; }

    public required Capabilities Capabilities { get; init; }

    public MariaDbCapabilities MariaDb { get; init; }

    public required byte Charset { get; init; }

    public required ServerStatus Status { get; init; }

    public required string Plugin { get; init; }

    /// <summary>MariaDB leaves the first capability out, and says so in its version.</summary>
    public bool IsMariaDb => Version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase)
        || (Capabilities & Capabilities.LongPassword) == 0;

    public static Greeting Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        var protocol = reader.ReadByte();
        if (protocol != 10)
            throw new ProtocolViolation($"the server speaks protocol {protocol} instead of 10");
        var version = Encoding.UTF8.GetString(reader.ReadNulText());
        var id = reader.ReadInt32();
        var salt = reader.ReadBytes(8).ToArray();
        reader.ReadByte();
        var capabilities = (uint)reader.ReadInt16();
        var charset = reader.ReadByte();
        var status = (ServerStatus)reader.ReadInt16();
        capabilities |= (uint)reader.ReadInt16() << 16;
        var saltBytes = reader.ReadByte();
        reader.ReadBytes(6);
        var mariaDb = (MariaDbCapabilities)reader.ReadInt32();
        if ((capabilities & (uint)Capabilities.SecureConnection) != 0)
        {
            var rest = reader.ReadBytes(Math.Max(13, saltBytes - 8));
            salt = [.. salt, .. rest[..12]];
        }
        var plugin = reader.Left > 0 ? Encoding.ASCII.GetString(reader.ReadNulTextOrRest()) : "";
        return new Greeting
        {
            Version = version,
            ConnectionId = id,
            Salt = salt,
            Capabilities = (Capabilities)capabilities,
            MariaDb = (capabilities & (uint)Capabilities.LongPassword) == 0 ? mariaDb
                : MariaDbCapabilities.None,
            Charset = charset,
            Status = status,
            Plugin = plugin,
        };
    }

    public void Write(ByteBuffer output)
    {
        Invariant.Holds(Salt.Length == SaltBytes);
        var mark = PacketWriter.Begin(output);
        output.WriteByte(10);
        output.WriteText(Version);
        PacketWriter.Int32(output, ConnectionId);
        output.Write(Salt.AsSpan(0, 8));
        output.WriteByte(0);
        PacketWriter.Int16(output, (int)((uint)Capabilities & 0xffff));
        output.WriteByte(Charset);
        PacketWriter.Int16(output, (int)Status);
        PacketWriter.Int16(output, (int)((uint)Capabilities >> 16));
        output.WriteByte(SaltBytes + 1);
        output.Reserve(6).Clear();
        PacketWriter.Int32(output, (uint)MariaDb);
        output.Write(Salt.AsSpan(8));
        output.WriteByte(0);
        output.WriteText(Plugin);
        PacketWriter.End(output, mark, 0);
    }
}
