using System.Text;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// User NUL, int&lt;1&gt; length and proof, schema NUL, int&lt;2&gt; charset, plugin NUL, attributes. MySQL
/// Internals, COM_CHANGE_USER.
/// </summary>
internal static class ChangeUserRequest
{
    /// <summary>As a response to the greeting, whose salt it answers.</summary>
    public static HandshakeResponse Read(ReadOnlySpan<byte> argument, ClientAgreement agreement)
    {
        var reader = new PacketReader(argument);
        var user = Encoding.UTF8.GetString(reader.ReadNulText());
        var proof = reader.ReadBytes(reader.ReadByte()).ToArray();
        var database = Encoding.UTF8.GetString(reader.ReadNulTextOrRest());
        var charset = reader.Left >= 2 ? reader.ReadInt16() : (ushort)ServerCharset;
        var plugin = reader.Left > 0 ? Encoding.ASCII.GetString(reader.ReadNulTextOrRest()) : "";
        string? program = null;
        if ((agreement.Capabilities & Capabilities.ConnectAttributes) != 0 && reader.Left > 0)
            program = ConnectionAttributes.FindProgram(reader.ReadText());
        if (user.Length == 0)
            throw new ProtocolViolation("Bad handshake");
        return new HandshakeResponse
        {
            Capabilities = agreement.Capabilities,
            MariaDb = agreement.MariaDb,
            Charset = charset,
            User = user,
            Proof = proof,
            Database = database,
            Plugin = plugin,
            ProgramName = program,
        };
    }

    private const int ServerCharset = SignIn.ServerSignIn.Charset;
}
