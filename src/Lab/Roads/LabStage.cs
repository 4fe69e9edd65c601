using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>
/// Where a run takes place: the database server, a folder, and how our own program is started.
/// </summary>
/// <param name="Program">The command that starts this program, without arguments.</param>
/// <param name="PgBouncer">The pgbouncer program; null: it is not there.</param>
internal sealed record LabStage(
    Lifeline Lifeline, ThrowawayServer Server, string Folder, IReadOnlyList<string> Program,
    string? PgBouncer)
{
    public string FileFor(string name) => Path.Combine(Folder, name);

    /// <summary>Npgsql's words for a function's connection: no pool, since each has one for itself.</summary>
    public string ConnectionTo(int port) =>
        $"Host=127.0.0.1;Port={port};Username={ThrowawayServer.User};Password={Server.Password};"
        + $"Database={ThrowawayServer.Database};Pooling=false;Timeout=60;Command Timeout=0;"
        + "Cancellation Timeout=-1;SSL Mode=Disable;GSS Encryption Mode=Disable;Enlist=false";

    /// <summary>The superuser's, past the clients' limit, over the Unix socket.</summary>
    public string AdminConnection =>
        $"Host={Server.Folder};Port={Server.Port};Username=postgres;Database={ThrowawayServer.Database};"
        + "Pooling=false;Timeout=15;SSL Mode=Disable";
}
