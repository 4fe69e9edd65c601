using System.Data.Common;

namespace Sento.Lab.Engines;

/// <summary>What differs between the databases that the lab measures; holds no state.</summary>
internal interface IEngine
{
    /// <summary>Reads the price of an item; one parameter.</summary>
    string Read { get; }

    /// <summary>Counts a hit of an item; one parameter.</summary>
    string Write { get; }

    /// <summary>What popular drivers send once they have connected.</summary>
    string DriversSettings { get; }

    /// <summary>
    /// Asks for two numbers: connections of a user but this one, and those of them at work.
    /// </summary>
    string Activity(string user);

    /// <summary>Three numbers, of <see cref="Measures.ServerCounters"/>.</summary>
    string Counters { get; }

    /// <summary>Makes the table of items.</summary>
    string Schema(string user);

    /// <summary>Fills the table as it is before each arm, a statement each.</summary>
    /// <param name="isOurs">The server is a throwaway one.</param>
    IReadOnlyList<string> Reset(bool isOurs);

    string SetPassword(string user, string password);

    /// <summary>For a function's connection: no pool, since each has one for itself.</summary>
    /// <param name="token">Asked for each connection instead of the password; null: the password.</param>
    DbDataSource Source(LabAddress address, Func<LabAddress, string>? token = null);

    DbParameter Parameter(int value);

    /// <summary>
    /// Whether the server itself said so, rather than the driver of a connection that broke.
    /// </summary>
    bool IsServersAnswer(Exception error);
}

/// <summary>Where to connect, and as whom.</summary>
/// <param name="Host">A name, an address, or the folder or file of a Unix socket.</param>
/// <param name="Database">Of the same name everywhere.</param>
internal sealed record LabAddress(
    string Host, int Port, string User, string Password, string Database, bool HasTls = false);
