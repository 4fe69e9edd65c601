using System.Text;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// The client's answer to the greeting. MySQL Internals, Protocol::HandshakeResponse41 and
/// Protocol::SSLRequest.
/// </summary>
internal sealed record HandshakeResponse
{
    /// <summary>Length of an SSLRequest's payload; all longer ones are whole responses.</summary>
    public const int SslRequestBytes = 32;

    public required Capabilities Capabilities { get; init; }

    public MariaDbCapabilities MariaDb { get; init; }

    public int Charset { get; init; }

    public string User { get; init; } = "";

    public byte[] Proof { get; init; } = [];

    public string Database { get; init; } = "";

    public string Plugin { get; init; } = "";

    /// <summary>What the program calls itself; null: it does not.</summary>
    public string? ProgramName { get; init; }

    public bool IsSslRequest { get; private init; }

    public static HandshakeResponse Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        if (payload.Length < SslRequestBytes)
            throw new ProtocolViolation("Bad handshake");
        var capabilities = (Capabilities)reader.ReadInt32();
        reader.ReadInt32();
        var charset = reader.ReadByte();
        reader.ReadBytes(19);
        var mariaDb = (MariaDbCapabilities)reader.ReadInt32();
        var isMariaDb = (capabilities & Capabilities.LongPassword) == 0;
        var response = new HandshakeResponse
        {
            Capabilities = capabilities,
            MariaDb = isMariaDb ? mariaDb : MariaDbCapabilities.None,
            Charset = charset,
        };
        if ((capabilities & Capabilities.Ssl) != 0 && reader.Left == 0)
            return response with { IsSslRequest = true };
        if ((capabilities & Capabilities.Protocol41) == 0)
            throw new ProtocolViolation("Bad handshake");
        return ReadNames(ref reader, response);
    }

    /// <param name="attributes">Pairs of name and value, of the whole connection.</param>
    public void Write(ByteBuffer output, byte sequence, IReadOnlyList<(string Name, string Value)> attributes)
    {
        var mark = PacketWriter.Begin(output);
        WriteStart(output);
        output.WriteText(User);
        PacketWriter.Text(output, Proof);
        if ((Capabilities & Capabilities.ConnectWithDb) != 0)
            output.WriteText(Database);
        output.WriteText(Plugin);
        if ((Capabilities & Capabilities.ConnectAttributes) != 0)
        {
            var block = new ByteBuffer(128);
            foreach (var (name, value) in attributes)
            {
                PacketWriter.Text(block, name);
                PacketWriter.Text(block, value);
            }
            PacketWriter.Text(output, block.Written);
        }
        PacketWriter.End(output, mark, sequence);
    }

    /// <summary>The first 32 bytes alone: everything behind them is to be encrypted.</summary>
    public void WriteSslRequest(ByteBuffer output, byte sequence)
    {
        var mark = PacketWriter.Begin(output);
        WriteStart(output);
        PacketWriter.End(output, mark, sequence);
    }

    private void WriteStart(ByteBuffer output)
    {
        PacketWriter.Int32(output, (uint)Capabilities);
        PacketWriter.Int32(output, 1u << 30);
        output.WriteByte((byte)Charset);
        output.Reserve(19).Clear();
        PacketWriter.Int32(output, (uint)MariaDb);
    }

    private static HandshakeResponse ReadNames(ref PacketReader reader, HandshakeResponse response)
    {
        var capabilities = response.Capabilities;
        var user = Encoding.UTF8.GetString(reader.ReadNulText());
        byte[] proof;
        if ((capabilities & Capabilities.PluginAuthLenenc) != 0)
            proof = reader.ReadText().ToArray();
        else if ((capabilities & Capabilities.SecureConnection) != 0)
            proof = reader.ReadBytes(reader.ReadByte()).ToArray();
        else
            proof = reader.ReadNulTextOrRest().ToArray();
        var database = (capabilities & Capabilities.ConnectWithDb) != 0 && reader.Left > 0
            ? Encoding.UTF8.GetString(reader.ReadNulTextOrRest()) : "";
        var plugin = (capabilities & Capabilities.PluginAuth) != 0 && reader.Left > 0
            ? Encoding.ASCII.GetString(reader.ReadNulTextOrRest()) : "";
        string? program = null;
        if ((capabilities & Capabilities.ConnectAttributes) != 0 && reader.Left > 0)
            program = ConnectionAttributes.FindProgram(reader.ReadText());
        return response with
        {
            User = user,
            Proof = proof,
            Database = database,
            Plugin = plugin,
            ProgramName = program,
        };
    }
}
