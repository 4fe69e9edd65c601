using System.Collections.Immutable;
using Sento.Host.Configuration;
using Sento.Lab;
using Sento.Lab.Engines;
using Sento.Lab.Plan;
using Sento.Model;

namespace Sento.Host.Commands;

/// <summary>
/// sento lab --against: reads the URL, and asks before anything is done to somebody's server.
/// </summary>
internal static class LabTarget
{
    /// <exception cref="LabFault">The URL is none, or names more than one server.</exception>
    public static AgainstTarget Parse(string text)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var url = TargetUrl.Parse(text, faults);
        if (faults.FirstOrDefault(found => found.Severity == FaultSeverity.Fault) is { } fault)
            throw new LabFault($"--against: {fault.Message}");
        if (url.Targets.Length != 1)
            throw new LabFault("--against: one server, not several");
        var target = url.Targets[0];
        var engine = url.Engine == EngineFamily.PostgreSql ? Engine.Postgres
            : text.StartsWith("mariadb:", StringComparison.OrdinalIgnoreCase) ? Engine.MariaDb : Engine.MySql;
        var user = url.User ?? throw new LabFault("--against: the URL names no user");
        var password = url.Password ?? Environment.GetEnvironmentVariable(
            engine == Engine.Postgres ? "PGPASSWORD" : "MYSQL_PWD")
            ?? throw new LabFault("--against: no password, in the URL, PGPASSWORD or MYSQL_PWD");
        if (!SecretText.TryResolve(password, Environment.CurrentDirectory, out var value, out var why))
            throw new LabFault($"--against: {why}");
        return AgainstTarget.At(
            engine, target.Host, target.Port, user, value, url.Database ?? user,
            target.Tls is not (TargetTls.Disable or TargetTls.Allow or TargetTls.Prefer));
    }

    /// <summary>Says what is about to happen to which server, and has it confirmed by its name.</summary>
    public static bool IsAgreed(AgainstTarget target, LabPlan plan, bool isAgreed, TextWriter output)
    {
        var arms = string.Join(", ", Arm.AllOf(plan).Select(arm => arm.Letter));
        output.WriteLine($"""

            *** This puts load on a server that is not the lab's own: {target.Name}

              - creates the table {ArrivalTrace.Table} there, writes to it, and drops it at the end;
              - opens up to {plan.Environments + 1} connections at once (arm A): others may then be refused;
              - runs arms {arms}: {plan.Phases.Total:0.#} s each, {plan.Environments} environments.

            A test database, please: not one that somebody needs.

            """);
        if (isAgreed)
            return true;
        if (Console.IsInputRedirected)
        {
            output.WriteLine("Nobody can be asked here: --yes says that it may be done. Nothing was done.");
            return false;
        }
        output.Write($"Type the host's name ({target.Host}) to go on: ");
        if (string.Equals(Console.ReadLine()?.Trim(), target.Host, StringComparison.OrdinalIgnoreCase))
            return true;
        output.WriteLine("Nothing was done.");
        return false;
    }
}
