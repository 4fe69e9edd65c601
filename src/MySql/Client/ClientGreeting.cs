using Sento.MySql.SignIn;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What a client is offered: what its target offers, as far as we speak it.</summary>
internal static class ClientGreeting
{
    /// <param name="real">The target's own.</param>
    /// <param name="id">The number that the client is to know itself by.</param>
    public static Greeting Of(Greeting real, MySqlProtocol protocol, uint id, byte[] salt)
    {
        var common = protocol.Credentials.Unknown.Plugin;
        return real with
        {
            ConnectionId = id,
            Salt = salt,
            Plugin = common is AuthPlugin.Native or AuthPlugin.CachingSha2 ? common
                : real.Plugin is AuthPlugin.Native ? real.Plugin : AuthPlugin.CachingSha2,
            Status = ServerStatus.Autocommit,
            Capabilities = real.Capabilities & CapabilitySets.Offered
                | (protocol.Terms.Identity is null ? Capabilities.None : Capabilities.Ssl),
            MariaDb = real.MariaDb & CapabilitySets.OfferedOfMariaDb,
        };
    }

    /// <summary>What a client asks for beyond what it was offered is not agreed on.</summary>
    public static HandshakeResponse Agree(HandshakeResponse response, Greeting real)
    {
        const Capabilities own = Capabilities.Ssl | Capabilities.ConnectWithDb;
        return response with
        {
            Capabilities = response.Capabilities & (CapabilitySets.Offered | own) & (real.Capabilities | own),
            MariaDb = response.MariaDb & CapabilitySets.OfferedOfMariaDb & real.MariaDb,
        };
    }
}
