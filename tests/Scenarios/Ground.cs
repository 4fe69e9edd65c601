using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>What all plays stand on: a throwaway PostgreSQL and a proxy before it. Started once, ended with the tests.</summary>
public sealed class Ground : IAsyncLifetime
{
    /// <summary>The owner of the database: an ordinary role, as an application's is.</summary>
    public ServerDoor Direct { get; private set; } = null!;

    /// <summary>The cluster's superuser, past the proxy.</summary>
    public ServerDoor Admin { get; private set; } = null!;

    /// <summary>The same as <see cref="Direct"/> through the proxy; null while there is none.</summary>
    public ServerDoor? Through { get; private set; }

    public ValueTask InitializeAsync()
    {
        var port = int.Parse(Environment.GetEnvironmentVariable("SENTO_SCENARIO_PORT") ?? "55432");
        Direct = new ServerDoor("127.0.0.1", port, "app", "secret", "app");
        Admin = Direct with { User = "postgres" };
        if (Environment.GetEnvironmentVariable("SENTO_SCENARIO_PROXY") is { } proxy)
            Through = Direct with { Port = int.Parse(proxy) };
        return ValueTask.CompletedTask;
    }

    /// <summary>An empty public schema, as before the first play.</summary>
    public async Task Clean()
    {
        await using var admin = await ScriptedClient.Open(Admin);
        await Must(admin, "set client_min_messages = warning");
        await Must(admin, "drop schema public cascade");
        await Must(admin, "create schema public authorization app");
        await Must(admin, "grant all on schema public to helper");
        await admin.Terminate();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task Must(ScriptedClient client, string statement)
    {
        var replies = await client.Query(statement);
        if (replies.Error is { } error)
            throw new InvalidOperationException($"{statement}: {error.FullText}");
    }
}
