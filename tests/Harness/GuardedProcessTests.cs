using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Harness;

public sealed class GuardedProcessTests
{
    private static readonly TimeSpan Deadline = Eventually.Deadline;

    [Fact]
    public async Task Output_errors_and_exit_code_are_the_programs_own()
    {
        var recipe = new Recipe("bash", "-c", "echo out; echo err >&2; exit 7");

        var done = await GuardedProcess.Run(recipe, Deadline);

        Assert.Equal(new FinishedProcess(7, "out", "err"), done);
    }

    [Fact]
    public async Task Program_that_takes_too_long_is_ended()
    {
        var folder = RunFolder.Create("slow");
        var recipe = new Recipe("bash", "-c", "echo $$; exec sleep 1000") { Folder = folder };
        await using var process = await GuardedProcess.Start(recipe);
        await process.Output.WaitFor(line => line == process.Pid.ToString(CultureInfo.InvariantCulture));

        await Assert.ThrowsAsync<TimeoutException>(() => process.WaitForEnd(TimeSpan.FromMilliseconds(1)));
        await process.Stop();

        Assert.False(Signals.Send(process.Pid, 0));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Program_ends_with_the_process_that_started_it()
    {
        // A shell stands for the test run: it starts the guard as the class does, and is then killed.
        var folder = RunFolder.Create("orphan");
        var guard = Path.Combine(AppContext.BaseDirectory, "Processes", "guard");
        var script = "mkfifo $0/life; $1 15 $0 sleep 1000 < $0/life & exec sleep 1001 > $0/life";
        var start = new ProcessStartInfo("bash", ["-c", script, folder, guard])
        {
            RedirectStandardOutput = true,
        };
        using var run = Process.Start(start)!;
        var sleeper = int.Parse((await run.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        Assert.True(Signals.Send(sleeper, 0));

        run.Kill();

        await Eventually.Holds(() => !Signals.Send(sleeper, 0));
        await Eventually.Holds(() => !Directory.Exists(folder));
    }

    [Fact]
    public void Ports_are_never_handed_out_twice()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => FreePort.Take()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 32767));
    }
}
