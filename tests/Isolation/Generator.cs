using Sento.Tests.Isolation.Themes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>Makes a script from a seed.</summary>
/// <remarks>
/// Every statement answers the same whenever it is run in the same place of the same script: no process
/// ids, no
/// clocks, no waiting for locks. Clients meet only where it is meant: advisory locks that are tried,
/// notifications.
/// Two things are avoided since PostgreSQL 18.6 itself does not survive them: executing a portal that an
/// error has
/// ended (its process crashes), and two ROLLBACKs before one Sync (it ends the connection).
/// </remarks>
public sealed class Generator
{
    private readonly Dice _dice;
    private readonly Feature _features;
    private readonly bool[] _isOpen;
    private readonly bool[] _isLocking;
    private readonly List<Step> _steps = [];
    private readonly ClientSetup[] _clients;

    private Generator(int seed, ClientSetup[] clients, Feature features, Dice dice)
    {
        var clientCount = clients.Length;
        _clients = clients;
        Seed = seed;
        _dice = dice;
        _features = features;
        _isOpen = new bool[clientCount];
        _isLocking = new bool[clientCount];
    }

    private int Seed { get; }

    public static Script Make(int seed)
    {
        var dice = new Dice(seed);
        var features = dice.Weighted(
            (8, Feature.None), (3, Feature.Superuser), (3, Feature.Listening), (3, Feature.Polluter));
        var clients = new ClientSetup[2 + dice.Below(3)];
        for (var i = 0; i < clients.Length; i++)
            clients[i] = Setup(dice, features, i);
        return new Generator(seed, clients, features, dice).Write(clients);
    }

    private static ClientSetup Setup(Dice dice, Feature features, int index)
    {
        var parameters = new List<(string, string)>();
        if (dice.OneIn(3))
            parameters.Add(dice.Of(
                ("application_name", "start"), ("TimeZone", "Asia/Tokyo"), ("DateStyle", "German"), ("client_encoding", "LATIN1"),
                ("search_path", "public, pg_catalog"), ("work_mem", "3MB"), ("app.tenant", "start"), ("extra_float_digits", "2"),
                ("default_transaction_isolation", "repeatable read")));
        if (dice.OneIn(4))
            parameters.Add(("options", dice.Of(
                "-c work_mem=5MB", "-c app.tenant=opt -c timezone=Europe/Paris", "--statement-timeout=65s", "-c role=helper",
                "-c other.x=1\\ 2")));
        return new ClientSetup(features.HasFlag(Feature.Superuser) ? "postgres" : "app", parameters)
        {
            IsPolluter = features.HasFlag(Feature.Polluter) && index == 0,
        };
    }

    private Script Write(ClientSetup[] clients)
    {
        // A few themes per script, so that their statements meet each other often enough to interact.
        var themes = new List<int>();
        while (themes.Count < 3)
            themes.Add(_dice.Weighted((6, 0), (5, 1), (5, 2), (3, 3), (3, 4), (3, 5), (2, 6), (2, 7)));
        if (_features.HasFlag(Feature.Superuser))
            themes.Add(3);
        var count = 8 + _dice.Below(30);
        for (var i = 0; i < count; i++)
            Add(_dice.Below(clients.Length), clients, themes);
        Settle(clients);
        return new Script(Seed, clients, _steps);
    }

    private void Add(int client, ClientSetup[] clients, List<int> themes)
    {
        if (clients[client].IsPolluter && !_isOpen[client] && _dice.OneIn(2))
            _steps.Add(new Step(client, [Carry(() => StateStatements.Hidden(_dice))]));
        else if (_features.HasFlag(Feature.Listening) && _dice.OneIn(3))
            Listen(client, clients.Length);
        else if (!_isOpen[client] && !_isLocking[client] && _features != Feature.Listening && _dice.OneIn(25))
            _steps.Add(new Step(client, []) { Reconnects = true });
        else
            _steps.Add(new Step(client, Pieces(client, themes)));

        // The others look at themselves: whatever has leaked shows here.
        if (_dice.OneIn(3))
            LookAround(_dice.Below(clients.Length));
    }

    private void LookAround(int client)
    {
        if (!_isOpen[client])
            _steps.Add(new Step(client, [_dice.OneIn(2)
                ? Carriers.Simple(StateStatements.Look)
                : Carriers.Extended(describes: false, StateStatements.Look)]));
    }

    private List<Piece> Pieces(int client, List<int> themes)
    {
        var pieces = new List<Piece>();
        if (_isOpen[client] || _dice.OneIn(15))
        {
            var statement = Statement(client, themes);
            // A SET TRANSACTION behind a reset of start-up parameters comes too late in its group.
            var isLeftOut = statement.EndsTransaction || (HasBaseline(client) && statement.MayReset);
            pieces.Add(Carriers.Open(isLeftOut ? "select 'open'" : statement));
            _isOpen[client] = _dice.OneIn(2);
            if (!_isOpen[client])
                pieces.Add(Carriers.Raw("Sync"));
            return pieces;
        }
        for (var left = _dice.OneIn(4) ? 2 + _dice.Below(3) : 1; left > 0; left--)
            pieces.Add(Piece(client, themes));
        return pieces;
    }

    private Piece Piece(int client, List<int> themes)
    {
        if (themes.Contains(2) && _dice.OneIn(3))
            return PreparedPieces.Next(_dice, client);
        if (_dice.OneIn(30))
            return CopyIn(client);
        return Carry(() => Statement(client, themes), HasBaseline(client));
    }

    private bool HasBaseline(int client) => _clients[client].Parameters.Count > 0;

    /// <param name="hasBaseline">
    /// What follows a RESET of a start-up parameter in one text of several statements sees the server's own
    /// default
    /// through the proxy (docs/protocols/postgres.md), so such a RESET stands alone.
    /// </param>
    private Piece Carry(Func<Sql> next, bool hasBaseline = false)
    {
        var first = next();
        if (first.HasValues)
            return Carriers.Extended(_dice.OneIn(2), first);
        return _dice.Weighted((6, 0), (2, 1), (5, 2), (2, 3)) switch
        {
            0 => Carriers.Simple(first),
            1 => Carriers.Simple(WithoutNames(
                WithoutReset([first, .. Without(next), .. Without(next)], hasBaseline))),
            2 => Carriers.Extended(_dice.OneIn(2), first),
            _ => Carriers.Extended(_dice.OneIn(2), WithoutDiscard(
                OneEnd([first, next(), .. _dice.OneIn(2) ? new[] { next() } : []]), hasBaseline)),
        };
    }

    /// <summary>
    /// Where a group fails behind its DISCARD ALL, groups that are on their way already run without the
    /// client's start-up parameters; and SET TRANSACTION comes too late behind a RESET of them
    /// (docs/protocols/postgres.md).
    /// </summary>
    private static Sql[] WithoutDiscard(Sql[] statements, bool hasBaseline) =>
        hasBaseline && (statements.Any(s => s.Text.StartsWith("discard", StringComparison.OrdinalIgnoreCase))
            || (statements.Any(s => s.MayReset) && statements.Any(s => s.SetsTransaction)))
            ? [statements[0]] : statements;

    /// <summary>
    /// A text that EXECUTEs behind its own ROLLBACK in a failed transaction finds no names
    /// (docs/protocols/postgres.md).
    /// </summary>
    private static Sql[] WithoutNames(Sql[] statements) =>
        statements[0].EndsTransaction
        && statements.Any(s => s.Text.Contains("execute", StringComparison.OrdinalIgnoreCase)
            || s.Text.Contains("prepare", StringComparison.OrdinalIgnoreCase)
            || s.Text.Contains("deallocate", StringComparison.OrdinalIgnoreCase))
            ? [statements[0]] : statements;

    private static Sql[] WithoutReset(Sql[] statements, bool hasBaseline) =>
        hasBaseline && statements.Any(s => s.MayReset) ? [statements[0]] : statements;

    private static Sql[] OneEnd(Sql[] statements)
    {
        var ends = statements.Count(s => s.EndsTransaction);
        return ends < 2 ? statements : [statements[0]];
    }

    /// <summary>A statement for a string of several, which can bind nothing.</summary>
    private static Sql[] Without(Func<Sql> next) => next() is { HasValues: false } statement ? [statement] : [];

    private Sql Statement(int client, List<int> themes)
    {
        var theme = _dice.Weighted((6, -1), (3, -2), (4, -3), (20, themes[_dice.Below(themes.Count)]));
        if (theme == 5)
            _isLocking[client] = true;
        return theme switch
        {
            -1 => StateStatements.Transaction(_dice),
            -2 => StateStatements.Error(_dice),
            0 or 1 => SettingStatements.Next(_dice, _features),
            2 => PreparedPieces.Statement(_dice, client),
            3 => StateStatements.Role(_dice, _features),
            4 => StateStatements.Temporary(_dice, client),
            5 => StateStatements.Lock(_dice),
            6 => StateStatements.Cursor(_dice),
            _ => StateStatements.Rows(_dice, client),
        };
    }

    private Piece CopyIn(int client) => new($"copy play.t{client} from stdin",
        [
            .. ToServer.Query($"copy play.t{client} from stdin"), .. ToServer.CopyData(_dice.Of("1\n2\n", "3\n", "x\n")),
            .. _dice.OneIn(4) ? ToServer.CopyFail("changed my mind") : ToServer.CopyDone(),
        ], ReadyCount: 1);

    /// <summary>
    /// After a notification every client that is free sends something, so that whoever is to hear it has
    /// heard it
    /// before the script goes on.
    /// </summary>
    private void Listen(int client, int clientCount)
    {
        if (_isOpen[client])
            return;
        _steps.Add(new Step(client, [Carry(() => StateStatements.Listening(_dice, client, _steps.Count))]));
        for (var other = 0; other < clientCount; other++)
        {
            if (!_isOpen[other])
                _steps.Add(new Step(other, [Carriers.Simple("select 'settled'")]));
        }
    }

    /// <summary>Closes what is open and lets every client look once more.</summary>
    private void Settle(ClientSetup[] clients)
    {
        for (var client = 0; client < clients.Length; client++)
        {
            if (_isOpen[client])
                _steps.Add(new Step(client, [Carriers.Raw("Sync")]));
            _isOpen[client] = false;
            _steps.Add(new Step(client, [Carriers.Simple("rollback")]));
        }
        for (var client = 0; client < clients.Length; client++)
            LookAround(client);
    }
}
