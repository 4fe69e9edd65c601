using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// One run of a play, directly or through the proxy: opens clients and writes down what each hears.
/// </summary>
/// <remarks>The order between two clients is not written down; the play's own order decides it.</remarks>
public sealed class Side(string name, Ground ground, MySqlDoor door) : IAsyncDisposable
{
    private readonly List<(string Name, List<string> Heard)> _records = [];
    private readonly List<ScriptedMySqlClient> _clients = [];
    private ScriptedMySqlClient? _noise;
    private int _noiseCount;

    public string Name { get; } = name;

    public MySqlDoor Door { get; } = door;

    public bool IsDirect => ReferenceEquals(Name, Play.Direct);

    public bool IsMariaDb => ground.IsMariaDb;

    /// <summary>All that was heard, client by client.</summary>
    public string Transcript =>
        string.Join('\n', _records.SelectMany(r => r.Heard.Select(l => $"{r.Name}: {l}")));

    /// <summary>A signed-in client.</summary>
    public Task<ScriptedMySqlClient> Open() => Open(Door);

    public async Task<ScriptedMySqlClient> Open(MySqlDoor door)
    {
        var client = await Connect(door);
        var reply = await client.SignIn();
        return reply.Error is null ? client
            : throw new InvalidOperationException($"{Name}: sign-in refused: {reply.FullText}");
    }

    /// <summary>A client that has not said anything yet.</summary>
    public async Task<ScriptedMySqlClient> Connect(MySqlDoor door)
    {
        var client = await ScriptedMySqlClient.Connect(door);
        var heard = new List<string>();
        _records.Add(($"client {_records.Count + 1}", heard));
        client.Hears = heard.Add;
        _clients.Add(client);
        return client;
    }

    /// <summary>
    /// Another client comes in between, on several connections, and leaves there what must not be seen: a
    /// key, rows, warnings, variables, another character set and schema.
    /// </summary>
    public async Task Disturb()
    {
        _noise ??= await ScriptedMySqlClient.Open(Door.To("other"));
        _noiseCount++;
        foreach (var statement in new[]
        {
            "create table if not exists noise (id int auto_increment primary key, a int)",
            $"insert into noise (id, a) values ({7000 + 10 * _noiseCount}, 1)",
            "insert into noise (a) values (1), (2), (3)", "set names latin1",
                "set session sql_mode = 'ANSI_QUOTES'",
            "set session time_zone = '+09:00', session group_concat_max_len = 9999", "select 1/0, 'x' + 1",
            "select * from noise limit 2", "insert into noise (a) values (null)",
                "select cast('y' as signed)",
            "update noise set a = 5",
        })
        {
            if ((await _noise.Query(statement)).Error is { } error)
                throw new InvalidOperationException($"{statement}: {error.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        if (_noise is not null)
            await _noise.DisposeAsync();
    }
}
