namespace Sento.Tests.Drivers;

/// <summary>Where a driver connects to: a server itself, or the proxy before it.</summary>
public sealed record DriverTarget(string Host, int Port, string User, string Password, string Database);

/// <summary>A server that drivers are tried on.</summary>
public interface IDriverGround
{
    /// <summary>The server itself.</summary>
    DriverTarget Target { get; }

    /// <summary>As on Sento's command line.</summary>
    string Url { get; }

    /// <summary>
    /// An empty database: what a scenario that failed has left behind must not fail another.
    /// </summary>
    Task Clean();
}

/// <summary>What a driver says after a scenario in which everything was as it should be.</summary>
/// <param name="Sessions">How many sessions the scenario opened: pins are counted per thousand of
/// them.</param>
public sealed record DriverReport(string Driver, string Version, string Scenario, int Sessions);

/// <summary>A real client library at its default settings, with the scenarios that it can play.</summary>
public abstract class Driver(string name, params string[] scenarios)
{
    /// <summary>
    /// Two hundred clients at once, each with its own setting and its own rows, for a bounded number of
    /// transactions; each answer is checked.
    /// </summary>
    public const string Crowd = "crowd";

    public string Name { get; } = name;

    public IReadOnlyList<string> Scenarios { get; } = scenarios;

    /// <summary>Throws with what the driver said when any answer was wrong.</summary>
    public abstract Task<DriverReport> Play(string scenario, DriverTarget target);

    public override string ToString() => Name;
}
