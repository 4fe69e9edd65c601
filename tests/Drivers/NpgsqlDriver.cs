using System.Reflection;
using Npgsql;

namespace Sento.Tests.Drivers;

/// <summary>Npgsql in this process, with its own pool as its users have it.</summary>
public sealed class NpgsqlDriver() : Driver("Npgsql", [.. Plays.Keys])
{
    private static readonly Dictionary<string, Func<NpgsqlScenarios, Task<int>>> Plays = new()
    {
        ["connect"] = s => s.Connecting(),
        ["transactions"] = s => s.Transactions(),
        ["prepared"] = s => s.Prepared(),
        ["errors"] = s => s.Errors(),
        ["savepoints"] = s => s.Savepoints(),
        ["copy"] = s => s.Copying(),
        ["reconnects"] = s => s.Reconnects(),
        ["settings"] = s => s.Settings(),
        ["cursor"] = s => s.Cursors(),
        ["batch"] = s => s.Batches(),
        ["cancel"] = s => s.Cancelling(),
        ["listen"] = s => s.Listening(),
        ["pool"] = s => s.Pool(),
        [Crowd] = s => s.Crowd(),
    };

    public override async Task<DriverReport> Play(string scenario, DriverTarget target)
    {
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = target.Host,
            Port = target.Port,
            Username = target.User,
            Password = target.Password,
            Database = target.Database,
        }.ConnectionString;
        var sessions = await Plays[scenario](new NpgsqlScenarios(text)).WaitAsync(ProgramDriver.Deadline);
        return new DriverReport(Name, VersionText(), scenario, sessions);
    }

    private static string VersionText() =>
        typeof(NpgsqlConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "?";
}
