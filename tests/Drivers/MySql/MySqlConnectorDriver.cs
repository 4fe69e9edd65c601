using System.Reflection;
using MySqlConnector;

namespace Sento.Tests.Drivers;

/// <summary>MySqlConnector in this process, with its own pool as its users have it.</summary>
public sealed class MySqlConnectorDriver() : Driver("MySqlConnector", [.. Plays.Keys])
{
    private static readonly Dictionary<string, Func<MySqlConnectorScenarios, Task<int>>> Plays = new()
    {
        ["connect"] = s => s.Connecting(),
        ["transactions"] = s => s.Transactions(),
        ["prepared"] = s => s.Prepared(),
        ["errors"] = s => s.Errors(),
        ["savepoints"] = s => s.Savepoints(),
        ["load"] = s => s.Loading(),
        ["reconnects"] = s => s.Reconnects(),
        ["settings"] = s => s.Settings(),
        ["batch"] = s => s.Batches(),
        ["cancel"] = s => s.Cancelling(),
        ["pool"] = s => s.Pool(),
        [Crowd] = s => s.Crowd(),
    };

    public override async Task<DriverReport> Play(string scenario, DriverTarget target)
    {
        var text = new MySqlConnectionStringBuilder
        {
            Server = target.Host,
            Port = (uint)target.Port,
            UserID = target.User,
            Password = target.Password,
            Database = target.Database,
            // Each target has a pool of its own, which is gone with the scenario.
            ApplicationName = Guid.NewGuid().ToString(),
        }.ConnectionString;
        var sessions = await Plays[scenario](new MySqlConnectorScenarios(text))
            .WaitAsync(ProgramDriver.Deadline);
        return new DriverReport(Name, VersionText(), scenario, sessions);
    }

    private static string VersionText() =>
        typeof(MySqlConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "?";
}
