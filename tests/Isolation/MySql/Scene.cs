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
/// <param name="Without">What drivers of today agree to, and it does not.</param>
/// <param name="With">What it agrees to beyond them, where its server offers it.</param>
/// <param name="MariaDb">The same of MariaDB's own capabilities.</param>
public sealed record Beginning(
    string Schema, int Charset, MySqlFlags Without, MySqlFlags With = MySqlFlags.None, uint MariaDb = 0)
{
    /// <summary>As of most drivers.</summary>
    public static readonly Beginning Usual = new("~", 45, MySqlFlags.None);

    public MySqlDoor Door(MySqlDoor door, string arena) =>
        (door with { Charset = Charset, MariaDbFlags = MariaDb }).Without(Without).With(With)
            .To(Schema.Replace("~", arena));

    public override string ToString() =>
        $"schema '{Schema}', charset {Charset}, without {Without}, with {With} {MariaDb}";
}

/// <summary>One command of one client; the next turn begins when it is answered.</summary>
public sealed record Turn(int Client, Deed Deed)
{
    public string Text => $"  {Client}: {Deed.Text}";
}
