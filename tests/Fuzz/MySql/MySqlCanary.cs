using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Fuzz.MySql;

/// <summary>An honest client in the midst: whatever others say, it hears exactly its own answers.</summary>
internal sealed class MySqlCanary : IAsyncDisposable
{
    private readonly ScriptedMySqlClient _client;
    private int _question;

    private MySqlCanary(ScriptedMySqlClient client) => _client = client;

    public static async Task<MySqlCanary> Open(MySqlDoor door)
    {
        var client = await ScriptedMySqlClient.Open(door);
        await client.Query("set group_concat_max_len = 4242, @own = 7");
        return new MySqlCanary(client);
    }

    public async Task Sings()
    {
        var question = $"sung-{_question++}";
        var answer = await _client.Query(
            $"select '{question}', @@group_concat_max_len, @own, @x, database(), @@sql_mode like '%ANSI%'");
        Assert.Equal($"({question}|4242|7|~|app|0)", answer.Text);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
