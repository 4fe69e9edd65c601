using Sento.Tests.Isolation.MySql.Themes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>Makes a scene from a seed.</summary>
/// <remarks>
/// Every statement answers the same whenever it is run in the same place of the same scene: no numbers of
/// connections, no clocks, no waiting for locks. Clients meet only at named locks, which are tried.
/// MariaDB itself lets a client of a character set that it does not know have another client's after a reset:
/// none comes with one.
/// </remarks>
public sealed class Writer
{
    /// <summary>Columns say more of their types; statements may be executed for many rows at once.</summary>
    private const uint ExtendedMetadata = 1 << 2 | 1 << 3;

    private readonly Dice _dice;
    private readonly Dice _also;
    private readonly bool _isMariaDb;
    private readonly bool[] _isLocking;
    private readonly List<Turn> _turns = [];
    private readonly List<int> _themes = [];

    private Writer(Dice dice, Dice also, bool isMariaDb, int clients)
    {
        _dice = dice;
        _also = also;
        _isMariaDb = isMariaDb;
        _isLocking = new bool[clients];
    }

    public static Scene Write(int seed, bool isMariaDb)
    {
        var dice = new Dice(seed);
        // What clients agree to beyond the usual does not change what they do.
        var also = new Dice(~seed);
        var clients = new Beginning[2 + dice.Below(3)];
        for (var i = 0; i < clients.Length; i++)
            clients[i] = Begin(dice, also, isMariaDb);
        var writer = new Writer(dice, also, isMariaDb, clients.Length);
        writer.WriteTurns(clients.Length);
        return new Scene(seed, clients, writer._turns);
    }

    private static Beginning Begin(Dice dice, Dice also, bool isMariaDb) =>
        dice.OneIn(2) ? Beginning.Usual : new Beginning(
            dice.Of("~", "~", "~", "~x", ""), dice.Of(45, 45, 8, 33, 46, 47, isMariaDb ? 246 : 255, 28),
            dice.Of(MySqlFlags.None, MySqlFlags.None, MySqlFlags.DeprecateEof, MySqlFlags.SessionTrack,
                MySqlFlags.DeprecateEof | MySqlFlags.SessionTrack, MySqlFlags.MultiStatements),
            also.Of(MySqlFlags.None, MySqlFlags.None, MySqlFlags.FoundRows, MySqlFlags.QueryAttributes,
                MySqlFlags.QueryAttributes | MySqlFlags.FoundRows, MySqlFlags.IgnoreSpace)
                | also.Of(MySqlFlags.None, MySqlFlags.None, MySqlFlags.Compress),
            isMariaDb && also.OneIn(4) ? ExtendedMetadata : 0);

    private void WriteTurns(int clients)
    {
        // A few themes per scene, so that their statements meet each other often enough to interact.
        while (_themes.Count < 3)
            _themes.Add(_dice.Weighted((6, 0), (5, 1), (5, 2), (4, 3), (3, 4), (3, 5), (3, 6), (3, 7), (3,
            8), (2, 9)));
        for (var left = 8 + _dice.Below(30); left > 0; left--)
        {
            var client = _dice.Below(clients);
            var deed = Next(client);
            // Warnings that are taken along are told in the character set that they were told in first
            // (docs/protocols/mysql.md): here none are left when that changes.
            if (SettingLines.MayRecode(deed))
                _turns.Add(new Turn(client, new Says($"select count(*) from ~.t{client}")));
            _turns.Add(new Turn(client, deed));
            // The others look at themselves: whatever has leaked shows here.
            if (_dice.OneIn(3))
                _turns.Add(new Turn(_dice.Below(clients), Lines.Look(_isMariaDb)));
        }
        for (var client = 0; client < clients; client++)
            _turns.Add(new Turn(client, new Says("rollback")));
        for (var client = 0; client < clients; client++)
            _turns.Add(new Turn(client, Lines.Look(_isMariaDb)));
    }

    private Deed Next(int client)
    {
        if (_dice.OneIn(20))
            return Anew(client);
        return _dice.OneIn(12) ? Lines.Several(_dice, () => Line(client)) : Line(client);
    }

    private Deed Line(int client)
    {
        var theme = _dice.Weighted((5, -1), (3, -2), (3, -3), (1, -4), (20,
        _themes[_dice.Below(_themes.Count)]));
        switch (theme)
        {
            case -1: return StateLines.Transaction(_dice, _isMariaDb);
            case -2: return Lines.Error(_dice);
            case -3: return Lines.Rows(_dice, client);
            case -4: return Commands.Ping;
            case 0: return SettingLines.Next(_dice);
            case 1: return SettingLines.Charset(_dice);
            case 2: return StateLines.Variable(_dice, client);
            case 3:
                _isLocking[client] = true;
                return PreparedDeeds.Next(_dice, client);
            case 4: return StateLines.Temporary(_dice, client);
            case 5: return StateLines.Schema(_dice);
            case 6:
                _isLocking[client] = true;
                return LockLines.Next(_dice, client);
            case 7: return Lines.LookBack(_dice);
            case 8: return Lines.Rows(_dice, client);
            default: return StateLines.Hidden(_dice, client);
        }
    }

    /// <summary>The session begins anew, or nearly so.</summary>
    private Deed Anew(int client) => _dice.Below(4) switch
    {
        // A server gives up the locks of a client that has gone when it sees fit.
        0 when !_isLocking[client] => new Reconnects(Begin(_dice, _also, _isMariaDb)),
        1 => new ChangesUser(Begin(_dice, _also, _isMariaDb) with { Without = MySqlFlags.None }),
        2 => Commands.Several(_dice.OneIn(2)),
        _ => Commands.Reset,
    };
}
