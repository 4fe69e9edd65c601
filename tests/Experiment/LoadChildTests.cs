using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Servers;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Experiment;

/// <summary>A load process as seen by who gives it jobs; a shell stands for it here.</summary>
public sealed class LoadChildTests
{
    private const int Stop = 19;

    /// <summary>
    /// On a busy machine a stop of the arm before may take effect after that has ended.
    /// </summary>
    [Fact]
    public async Task Process_that_is_stopped_takes_a_job()
    {
        await using var lifeline = new Lifeline();
        await using var child = LoadChild.Start(
            lifeline, ["sh", "-c", "while read -r job; do echo ready; done"], "lab-load");
        Signals.Send(child.ProcessId, Stop);
        await Eventually.Holds(() => StageOf(child.ProcessId) == 'T');

        await child.TakeAsync(Job).WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);

        Assert.NotEqual('T', StageOf(child.ProcessId));
    }

    private static LoadJob Job => new(
        LabPlan.Quick, new Arm("A", Road.Direct, 100), 0, new LoadShare(0, 2, 0, 0),
        new LabAddress("127.0.0.1", 1, "app", "", "app"), null, null, "/dev/null");

    private static char StageOf(int process) =>
        File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0];
}
