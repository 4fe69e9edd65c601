namespace Sento.Tests.Isolation;

/// <summary>What several clients do, one step after another. Wholly given by its seed; steps can be left out.</summary>
public sealed record Script(int Seed, IReadOnlyList<ClientSetup> Clients, IReadOnlyList<Step> Steps)
    : IScript
{
    public IReadOnlyList<string> ClientTexts =>
        [.. Clients.Select((client, i) => $"client {i} as {client.User} {client.ParametersText}")];

    public string Text => string.Join('\n', [.. ClientTexts, .. Steps.Select(s => s.Text)]);
}

/// <summary>As whom a client signs in, and with which start-up parameters.</summary>
public sealed record ClientSetup(string User, IReadOnlyList<(string Name, string Value)> Parameters)
{
    /// <summary>
    /// Does what only the server can see (inside functions). What it is told itself is not compared: it may lose
    /// such state. The others must still hear what they hear without a proxy.
    /// </summary>
    public bool IsPolluter { get; init; }

    public string ParametersText => string.Join(", ", Parameters.Select(p => $"{p.Name}={p.Value}"));
}

/// <summary>What one client sends at once; the next step begins when all of it is answered.</summary>
public sealed record Step(int Client, IReadOnlyList<Piece> Pieces)
{
    public string Text => $"  {Client}: {string.Join("  +  ", Pieces.Select(p => p.Text))}";

    /// <summary>Ends the connection and opens a new one instead of sending.</summary>
    public bool Reconnects { get; init; }
}

/// <summary>Some messages with their description.</summary>
/// <param name="ReadyCount">How many ReadyForQuery they bring: one for each simple query and each Sync.</param>
public sealed record Piece(string Text, byte[] Bytes, int ReadyCount)
{
    /// <summary>
    /// How many CloseComplete they bring when nothing fails; only for pieces that end with Flush instead of Sync.
    /// Then the answer is complete with the last CloseComplete, or with an error.
    /// </summary>
    public int CloseCount { get; init; }
}
