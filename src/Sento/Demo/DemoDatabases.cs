using Sento.Lab;
using Sento.Lab.Servers;

namespace Sento.Host.Demo;

/// <summary>
/// The throwaway servers of the demonstration, started at the same time. PostgreSQL has to be there; without
/// MariaDB the demonstration goes on alone.
/// </summary>
internal sealed class DemoDatabases : IAsyncDisposable
{
    private DemoDatabases(ThrowawayServer postgres, ThrowawayServer? mariaDb)
    {
        Postgres = postgres;
        MariaDb = mariaDb;
    }

    public ThrowawayServer Postgres { get; }

    public ThrowawayServer? MariaDb { get; }

    public PostgresInstallation PostgresPrograms => (PostgresInstallation)Postgres.Software;

    public static async Task<DemoDatabases> StartAsync(Lifeline lifeline, TextWriter output)
    {
        var postgres = PostgresInstallation.Find() ?? await PostgresInstallation.InstallAsync(output);
        var mariaDb = await FindMariaDbAsync(output);
        var names = mariaDb is null ? postgres.Name : $"{postgres.Name} and {mariaDb.Name}";
        await output.WriteLineAsync($"Starting throwaway servers: {names} ...");
        var first = ThrowawayServer.StartAsync(
            lifeline, postgres, [postgres.LimitTo(20), "fsync=off"]);
        var second = mariaDb is null ? Task.FromResult<ThrowawayServer?>(null) : StartMariaDbAsync();
        try
        {
            return new DemoDatabases(await first, await second);
        }
        catch
        {
            foreach (var server in (Task[])[first, second])
                await server.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (first.IsCompletedSuccessfully)
                await first.Result.DisposeAsync();
            if (second is { IsCompletedSuccessfully: true, Result: { } started })
                await started.DisposeAsync();
            throw;
        }

        async Task<ThrowawayServer?> StartMariaDbAsync()
        {
            try
            {
                return await ThrowawayServer.StartAsync(
                    lifeline, mariaDb,
                    [mariaDb.LimitTo(20), "innodb-flush-log-at-trx-commit=0", "innodb-buffer-pool-size=32M"]);
            }
            catch (LabFault fault)
            {
                await output.WriteLineAsync($"Without MariaDB: {fault.Message}");
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        if (MariaDb is not null)
            await MariaDb.DisposeAsync();
    }

    private static async Task<MySqlInstallation?> FindMariaDbAsync(TextWriter output)
    {
        try
        {
            return await MySqlInstallation.FindMariaDbAsync()
                ?? await MySqlInstallation.InstallMariaDbAsync(output);
        }
        catch (LabFault fault)
        {
            await output.WriteLineAsync($"Without MariaDB: {fault.Message}");
            return null;
        }
    }
}
