using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <summary>One client of a scene while it is played.</summary>
public sealed class Actor(MySqlDoor door, string arena) : IAsyncDisposable
{
    public const int SlotCount = 3;

    private ScriptedMySqlClient? _client;

    public string Arena => arena;

    public ScriptedMySqlClient Client => _client ?? throw new EndOfStreamException("not signed in");

    /// <summary>Statements that it has prepared, by places that scenes name.</summary>
    public Prepared?[] Slots { get; } = new Prepared?[SlotCount];

    public async Task Begin(Beginning beginning, Action<string> hears)
    {
        _client = await ScriptedMySqlClient.Connect(beginning.Door(door, arena));
        Tell(await _client.SignIn(), hears);
    }

    public async Task Reconnect(Beginning beginning, Action<string> hears)
    {
        await End();
        await Begin(beginning, hears);
    }

    public void Put(int slot, ScriptedStatement? statement) =>
        Slots[slot] = statement is null ? null : new Prepared(statement);

    /// <summary>They are all gone.</summary>
    public void PutAll() => Array.Clear(Slots);

    /// <summary>Says goodbye.</summary>
    public async Task End()
    {
        PutAll();
        if (_client is not { } client)
            return;
        _client = null;
        try
        {
            await client.Quit();
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or TimeoutException
            or FormatException)
        {
            // What it heard is compared already.
        }
        await client.DisposeAsync();
    }

    public static void Tell(MySqlReply reply, Action<string> hears)
    {
        foreach (var item in reply.Items)
            hears(item.Line);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
    }

    /// <summary>A statement that is prepared, and whether the server knows its parameters' types.</summary>
    public sealed class Prepared(ScriptedStatement statement)
    {
        public ScriptedStatement Statement => statement;

        public bool HasTypes { get; set; }

        public bool HasHadCursor { get; set; }
    }
}
