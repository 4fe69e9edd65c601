using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Fuzz;

/// <summary>An honest client in the midst: whatever others say, it hears exactly its own answers.</summary>
internal sealed class Canary : IAsyncDisposable
{
    private const string View = """
        current_setting('application_name'), current_setting('work_mem'), current_user,
        (select count(*) from pg_class where relnamespace = pg_my_temp_schema())
        """;

    private readonly ScriptedClient _client;
    private readonly string _setting;
    private int _question;

    private Canary(ScriptedClient client, string setting)
    {
        _client = client;
        _setting = setting;
    }

    public static async Task<Canary> Open(ServerDoor door, string setting) =>
        new(await ScriptedClient.Open(door.With(("application_name", setting))), setting);

    public async Task Sings()
    {
        var question = $"{_setting}-{_question++}";
        var answer = (await _client.Query($"select '{question}', {View}")).Without("T").Text;
        Assert.Equal($"D({question}|{_setting}|4MB|app|0) C(SELECT 1) Z(I)", answer);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
