using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Results;
using Sento.Lab.Roads;
using Sento.Lab.Servers;

namespace Sento.Lab;

/// <summary>Who watches a run while it goes on.</summary>
public interface ILabWatcher
{
    void Says(string line);

    /// <summary>An arm begins; its figures can be read while it runs.</summary>
    void Begins(Arm arm, int round, Func<Moment?> latest);

    void Ended(ArmResult result);
}

/// <summary>
/// A whole run: a server, all arms one after another, in rounds; nothing stays behind.
/// </summary>
/// <param name="program">The command that starts this program, without arguments.</param>
/// <param name="folder">Where the raw outcomes go.</param>
public sealed class LabRun(LabPlan plan, IReadOnlyList<string> program, string folder, ILabWatcher watcher)
{
    private const string RawFile = "invocations.csv";

    /// <summary>Somebody's server instead of a throwaway one; null: ours.</summary>
    public AgainstTarget? Against { get; init; }

    public async Task<RunResult> RunAsync(string version, TextWriter output, CancellationToken stopped)
    {
        await StaleServers.RemoveAsync(output);
        await using var lifeline = new Lifeline();
        await using var crew = new LoadCrew(lifeline, program);
        crew.Begin(plan);
        return Against is { } target
            ? await RunOnAsync(StageAt(target, lifeline), crew, target.Name, version, output, stopped)
            : await RunOnThrowawayAsync(lifeline, crew, version, output, stopped);
    }

    private async Task<RunResult> RunOnThrowawayAsync(
        Lifeline lifeline, LoadCrew crew, string version, TextWriter output, CancellationToken stopped)
    {
        var software = await SoftwareAsync(output);
        await using var server = await ThrowawayServer.StartAsync(lifeline, software, []);
        // An overload of the database must not be one of those who put it there and look on.
        server.IsYielding = plan.Scenario == Scenario.Overload;
        var scratch = Directory.CreateDirectory(Path.Combine(server.Folder, "lab")).FullName;
        ServerCertificate? certificate = null;
        if (plan.SignIn != SignIn.Password)
        {
            certificate = ServerCertificate.Make(server.Folder);
            await server.GiveAsync(certificate.KeyPath);
        }
        var database = new LabAddress(
            "127.0.0.1", server.Port, ThrowawayServer.User, server.Password, ThrowawayServer.Database,
            certificate is not null);
        var stage = new LabStage
        {
            Plan = plan, Lifeline = lifeline, Server = server, Database = database, Folder = scratch,
            Program = program, Certificate = certificate,
            // The socket's file says who that is; MySQL keeps a connection for who may do everything.
            Admin = plan.Engine == Engine.Postgres
                ? database with { Host = server.Folder, User = "postgres", Password = "", HasTls = false }
                : database with { User = "admin", Password = server.AdminPassword, HasTls = false },
        };
        return await RunOnAsync(stage, crew, software.Name, version, output, stopped);
    }

    private LabStage StageAt(AgainstTarget target, Lifeline lifeline)
    {
        var scratch = lifeline.CreateFolder();
        return new()
        {
            Plan = plan, Lifeline = lifeline, Server = null, Database = target.Address,
            Admin = target.Address, Folder = scratch, Program = program,
            Certificate = plan.SignIn == SignIn.Password ? null : ServerCertificate.Make(scratch),
        };
    }

    private async Task<RunResult> RunOnAsync(
        LabStage stage, LoadCrew crew, string database, string version, TextWriter output,
        CancellationToken stopped)
    {
        await using (stage)
        {
            watcher.Says($"{database}, seed {plan.Seed}, {plan.Environments} environments");
            await PrepareAsync(stage, database);
            try
            {
                var pooler = Arm.AllOf(plan).Any(arm => arm.Road == Road.PgBouncer)
                    ? await PgBouncerProgram.FindOrInstallAsync(output)
                    : null;
                var measured = plan with { SlowRows = await SlowWork.RowsAsync(stage) };
                var ready = stage with { Plan = measured, PgBouncer = pooler };
                var arms = await RunArmsAsync(ready, crew, stopped);
                return new RunResult(measured, Machine.Here(database, version), DateTimeOffset.UtcNow, arms);
            }
            finally
            {
                if (stage.Server is null)
                    await ServerCounters.RemoveAsync(stage);
            }
        }
    }

    private static async Task PrepareAsync(LabStage stage, string database)
    {
        try
        {
            await ServerCounters.PrepareAsync(stage);
        }
        catch (DbException error)
        {
            throw new LabFault($"{database}: {error.Message}");
        }
    }

    private async Task<List<ArmResult>> RunArmsAsync(
        LabStage stage, LoadCrew crew, CancellationToken stopped)
    {
        var results = new List<ArmResult>();
        await using var raw = new StreamWriter(Path.Combine(folder, RawFile));
        await raw.WriteLineAsync("round,arm," + Outcome.Head);
        for (var round = 0; round < stage.Plan.Rounds; round++)
        {
            foreach (var arm in Arm.AllOf(stage.Plan))
            {
                stopped.ThrowIfCancellationRequested();
                results.Add(await RunArmAsync(stage, crew, arm, round, raw, stopped));
            }
        }
        return results;
    }

    private async Task<ArmResult> RunArmAsync(
        LabStage stage, LoadCrew crew, Arm arm, int round, StreamWriter raw, CancellationToken stopped)
    {
        var run = new ArmRun(stage, crew, arm, round);
        watcher.Begins(arm, round, () => run.Sampler?.Latest);
        var result = await run.RunAsync(stopped);
        foreach (var outcome in run.Outcomes)
            await raw.WriteLineAsync($"{round},{arm.Letter},{outcome.ToLine()}");
        watcher.Ended(result);
        return result;
    }

    private async Task<IServerSoftware> SoftwareAsync(TextWriter output) => plan.Engine switch
    {
        Engine.Postgres => PostgresInstallation.Find() ?? await PostgresInstallation.InstallAsync(output),
        Engine.MariaDb => await MySqlInstallation.FindMariaDbAsync()
            ?? await MySqlInstallation.InstallMariaDbAsync(output),
        _ => await MySqlInstallation.FindMySqlAsync() ?? throw new LabFault(
            "MySQL's mysqld was not found (Debian has MariaDB in its place: --engine mariadb); where it is, "
            + $"say {MySqlInstallation.MySqlVariable}=/path/to/mysqld"),
    };
}
