using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Drivers;

/// <summary>
/// A driver of another language: a program that plays the scenario named as its last argument.
/// </summary>
/// <remarks>
/// It learns the target from libpq's environment variables, whatever the protocol, and reports as its last
/// line, in JSON.
/// </remarks>
public sealed class ProgramDriver(string name, string[] command, params string[] scenarios)
    : Driver(name, scenarios)
{
    /// <summary>
    /// Two hundred programs on two busy cores need a while; a proxy that hangs needs for ever.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    public override async Task<DriverReport> Play(string scenario, DriverTarget target)
    {
        var recipe = new Recipe(command[0], [.. command[1..], scenario])
        {
            WorkingFolder = AppContext.BaseDirectory,
            Environment = EnvironmentOf(target),
        };
        var done = await GuardedProcess.Run(recipe, Deadline);
        if (done.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{Name}, {scenario}: exit code {done.ExitCode}\n{done.Errors}");
        }
        var last = done.Output.TrimEnd().Split('\n')[^1];
        return JsonSerializer.Deserialize<DriverReport>(last, Json)
            ?? throw new InvalidOperationException($"{Name}, {scenario}: no report in {done.Output}");
    }

    internal static Dictionary<string, string?> EnvironmentOf(DriverTarget target) => new()
    {
        ["PGHOST"] = target.Host,
        ["PGPORT"] = target.Port.ToString(CultureInfo.InvariantCulture),
        ["PGUSER"] = target.User,
        ["PGPASSWORD"] = target.Password,
        ["PGDATABASE"] = target.Database,
        ["PGAPPNAME"] = null,
        ["PGOPTIONS"] = null,
        ["PGSSLMODE"] = null,
        ["LC_ALL"] = "C.UTF-8",
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    };
}
