using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>
/// What several clients of MySQL do, one turn after another. Wholly given by its seed; turns can be left out.
/// </summary>
public sealed record Scene(int Seed, IReadOnlyList<Beginning> Clients, IReadOnlyList<Turn> Turns)
    : IScript
{
    public IReadOnlyList<string> ClientTexts => [.. Clients.Select((client, i) => $"client {i}: {client}")];

    public string Text => string.Join('\n', [.. ClientTexts, .. Turns.Select(turn => turn.Text)]);
}

/// <summary>How a client signs in.</summary>
public sealed record Beginning(string Schema, int Charset, MySqlFlags Without)
{
    /// <summary>As of most drivers.</summary>
    public static readonly Beginning Usual = new("~", 45, MySqlFlags.None);

    public MySqlDoor Door(MySqlDoor door, string arena) =>
        (door with { Charset = Charset }).Without(Without).To(Schema.Replace("~", arena));

    public override string ToString() => $"schema '{Schema}', charset {Charset}, without {Without}";
}

/// <summary>One command of one client; the next turn begins when it is answered.</summary>
public sealed record Turn(int Client, Deed Deed)
{
    public string Text => $"  {Client}: {Deed.Text}";
}
