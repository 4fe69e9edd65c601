using System.Data.Common;
using Sento.Lab.Plan;

namespace Sento.Lab.Engines;

/// <summary>What differs between the databases that the lab measures; holds no state.</summary>
internal interface IEngine
{
    /// <summary>By this and its number an invocation's statement is known in the server.</summary>
    const string SlowTag = "lab ";

    /// <summary>Reads the price of an item; one parameter.</summary>
    string Read { get; }

    /// <summary>
    /// The same where the database has to work for it: compares so many rows with all others. Its text
    /// begins with <see cref="SlowTag"/>.
    /// </summary>
    string SlowRead(int rows, int invocation) => $"""
        /* {SlowTag}{invocation} */ SELECT price + 0 * (SELECT COUNT(*) FROM {ArrivalTrace.Table} AS a
            JOIN {ArrivalTrace.Table} AS b ON a.price + b.price < 0 WHERE a.id < {rows})
        FROM {ArrivalTrace.Table} WHERE id = {Placeholder}
        """;

    /// <summary>How the first parameter is written.</summary>
    string Placeholder { get; }

    /// <summary>Counts a hit of an item; one parameter.</summary>
    string Write { get; }

    /// <summary>What popular drivers send once they have connected.</summary>
    string DriversSettings { get; }

    /// <summary>
    /// Asks for three numbers: connections of a user but this one, those of them at work, and those whose
    /// statement has run for longer than a time.
    /// </summary>
    string Activity(string user, TimeSpan overdue);

    /// <summary>
    /// Asks for each connection of a user but this one whether it is at work, and for the beginning of the
    /// text that it runs now; null: none.
    /// </summary>
    string Running(string user);

    /// <summary>Three numbers, of <see cref="Measures.ServerCounters"/>.</summary>
    string Counters { get; }

    /// <summary>Makes the table of items.</summary>
    string Schema(string user);

    /// <summary>Fills the table as it is before each arm, a statement each.</summary>
    /// <param name="isOurs">The server is a throwaway one.</param>
    IReadOnlyList<string> Reset(bool isOurs);

    string SetPassword(string user, string password);

    /// <summary>For a function's connection: no pool, since each has one for itself.</summary>
    /// <param name="patience">For connecting.</param>
    /// <param name="token">Asked for each connection instead of the password; null: the password.</param>
    DbDataSource Source(LabAddress address, TimeSpan patience, Func<LabAddress, string>? token = null);

    DbParameter Parameter(int value);

    /// <summary>Ends a connection as the end of its process does, whatever runs on it.</summary>
    void Cut(DbConnection connection);

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
