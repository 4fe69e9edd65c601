using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>A throwaway PostgreSQL, and a proxy before it that changes the server connection at every boundary.</summary>
public sealed class Ground : IAsyncLifetime
{
    private ServerDoor _superuser = null!;
    private ServerDoor? _proxy;

    public bool HasProxy => _proxy is not null;

    public ValueTask InitializeAsync()
    {
        var port = int.Parse(Environment.GetEnvironmentVariable("SENTO_SCENARIO_PORT") ?? "55432");
        _superuser = new ServerDoor("127.0.0.1", port, "postgres", "secret", "postgres");
        if (Environment.GetEnvironmentVariable("SENTO_SCENARIO_PROXY") is { } proxy)
            _proxy = _superuser with { Port = int.Parse(proxy) };
        return ValueTask.CompletedTask;
    }

    public Task<Arena> OpenArena(string database) => Arena.Open(_superuser, _proxy, database);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
