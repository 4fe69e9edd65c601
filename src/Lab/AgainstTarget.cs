using Sento.Lab.Engines;

namespace Sento.Lab;

/// <summary>Somebody's own test database, as the command line names it.</summary>
public sealed record AgainstTarget
{
    private AgainstTarget(Engine engine, LabAddress address)
    {
        Engine = engine;
        Address = address;
    }

    public Engine Engine { get; }

    /// <summary>Host, port and database; without the password.</summary>
    public string Name => $"{Address.User}@{Address.Host}:{Address.Port}/{Address.Database}";

    public string Host => Address.Host;

    internal LabAddress Address { get; }

    /// <param name="hasTls">The server is dialled over TLS.</param>
    public static AgainstTarget At(
        Engine engine, string host, int port, string user, string password, string database, bool hasTls) =>
        new(engine, new LabAddress(host, port, user, password, database, hasTls));
}
