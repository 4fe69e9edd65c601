using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Drivers;

/// <summary>
/// A driver of another language: a program that plays the scenario named as its last argument, or, where that
/// is "-", those named line by line on standard input.
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

    /// <summary>Programs that stay, each before a target of its own; the oldest goes first.</summary>
    private const int ProgramsMax = 2;

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    private readonly List<(DriverTarget Target, AskedProgram Program)> _programs = [];

    /// <summary>It plays scenario after scenario: its language is started once for all of them.</summary>
    public bool Stays { get; init; }

    public override async Task<DriverReport> Play(string scenario, DriverTarget target)
    {
        var said = Stays
            ? await (await ProgramBefore(target)).Ask(scenario, Deadline)
            : await RunOnce(scenario, target);
        return JsonSerializer.Deserialize<DriverReport>(said, Json)
            ?? throw new InvalidOperationException($"{Name}, {scenario}: no report in {said}");
    }

    private async Task<string> RunOnce(string scenario, DriverTarget target)
    {
        var done = await GuardedProcess.Run(RecipeOf(target, scenario), Deadline);
        return done.ExitCode == 0
            ? done.Output.TrimEnd().Split('\n')[^1]
            : throw new InvalidOperationException(
                $"{Name}, {scenario}: exit code {done.ExitCode}\n{done.Errors}");
    }

    private async Task<AskedProgram> ProgramBefore(DriverTarget target)
    {
        AskedProgram? oldest = null;
        AskedProgram program;
        lock (_programs)
        {
            program = _programs.Find(started => started.Target == target).Program;
            if (program is not null)
                return program;
            if (_programs.Count == ProgramsMax)
            {
                oldest = _programs[0].Program;
                _programs.RemoveAt(0);
            }
            program = new AskedProgram(
                RecipeOf(target, "-"), line => line.StartsWith("{\"driver\"", StringComparison.Ordinal));
            _programs.Add((target, program));
        }
        if (oldest is not null)
            await oldest.DisposeAsync();
        return program;
    }

    private Recipe RecipeOf(DriverTarget target, string scenario) =>
        new(command[0], [.. command[1..], scenario])
        {
            WorkingFolder = AppContext.BaseDirectory,
            Environment = EnvironmentOf(target),
        };

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
