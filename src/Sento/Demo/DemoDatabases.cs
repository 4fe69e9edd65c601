using Sento.Lab;
using Sento.Lab.Servers;

namespace Sento.Host.Demo;

/// <summary>
/// The throwaway servers of the demonstration, started at the same time. Where both are wanted, it goes on
/// without MariaDB if there is none.
/// </summary>
internal sealed class DemoDatabases : IAsyncDisposable
{
    private DemoDatabases(ThrowawayServer? postgres, ThrowawayServer? mariaDb)
    {
        Postgres = postgres;
        MariaDb = mariaDb;
    }

    /// <summary>At least one of the two is there.</summary>
    public ThrowawayServer? Postgres { get; }

    /// <inheritdoc cref="Postgres"/>
    public ThrowawayServer? MariaDb { get; }

    /// <param name="only">postgres or mariadb; null: both.</param>
    public static async Task<DemoDatabases> StartAsync(Lifeline lifeline, string? only, TextWriter output)
    {
        var postgres = only == "mariadb" ? null
            : PostgresInstallation.Find() ?? await PostgresInstallation.InstallAsync(output);
        var mariaDb = only == "postgres" ? null : await OrWithoutAsync(FindMariaDbAsync);
        var names = string.Join(" and ", new[] { postgres?.Name, mariaDb?.Name }.OfType<string>());
        await output.WriteLineAsync($"Starting throwaway servers: {names} ...");
        var first = postgres is null ? Task.FromResult<ThrowawayServer?>(null) : StartPostgresAsync();
        var second = mariaDb is null ? Task.FromResult<ThrowawayServer?>(null)
            : OrWithoutAsync(StartMariaDbAsync);
        try
        {
            return new DemoDatabases(await first, await second);
        }
        catch
        {
            foreach (var server in new[] { first, second })
            {
                await ((Task)server).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (server is { IsCompletedSuccessfully: true, Result: { } started })
                    await started.DisposeAsync();
            }
            throw;
        }

        async Task<ThrowawayServer?> StartPostgresAsync() =>
            await ThrowawayServer.StartAsync(lifeline, postgres, [postgres.LimitTo(20), "fsync=off"]);

        async Task<ThrowawayServer?> StartMariaDbAsync() => await ThrowawayServer.StartAsync(
            lifeline, mariaDb,
            [mariaDb.LimitTo(20), "innodb-flush-log-at-trx-commit=0", "innodb-buffer-pool-size=32M"]);

        async Task<MySqlInstallation?> FindMariaDbAsync() =>
            await MySqlInstallation.FindMariaDbAsync() ?? await MySqlInstallation.InstallMariaDbAsync(output);

        async Task<T?> OrWithoutAsync<T>(Func<Task<T?>> having)
            where T : class
        {
            try
            {
                return await having();
            }
            catch (LabFault fault) when (only is null)
            {
                await output.WriteLineAsync($"Without MariaDB: {fault.Message}");
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Postgres is not null)
            await Postgres.DisposeAsync();
        if (MariaDb is not null)
            await MariaDb.DisposeAsync();
    }
}
