using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Queue;
using Sento.Lab.Servers;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Relays;

namespace Sento.Tests.Experiment;

/// <summary>The workers' process before a real server, with a relay that cuts connections.</summary>
public sealed class QueueProcessTests : IAsyncLifetime
{
    private const int Item = 7;
    private readonly string _folder = RunFolder.Create("queue");
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.Start(new PostgresOptions
    {
        SetupSql = $"create table {ArrivalTrace.Table} (id int primary key, price int, hits int);"
            + $"insert into {ArrivalTrace.Table} values ({Item}, {Item * 7}, 0);"
            + $"grant all on {ArrivalTrace.Table} to app",
    });

    [Fact]
    public async Task Message_whose_commit_was_cut_off_is_tried_once_more()
    {
        var commits = 0;
        await using var relay = new PassingRelay(_server.Port, newChange: isFromServer =>
        {
            var hasWritten = false;
            return bytes =>
            {
                // Drivers commit when they have read the types, too.
                hasWritten |= !isFromServer && bytes.Span.IndexOf("UPDATE"u8) >= 0;
                if (hasWritten && bytes.Span.IndexOf("COMMIT"u8) >= 0
                    && Interlocked.Increment(ref commits) == 1)
                {
                    throw new OperationCanceledException("cut");
                }
            };
        });
        await using var lifeline = new Lifeline();
        await using var workers = LoadChild.Start(
            lifeline, ["dotnet", SourceTree.SentoProgram], QueueProcess.Command);
        var file = Path.Combine(_folder, "queue.db");
        QueueFile.Create(file);
        using (var queue = new QueueSender(file))
            await queue.SendAsync(new Arrival(0, 0, 0, Item, false));

        await workers.TakeAsync(new LoadJob(
            new LabPlan(), new Arm("C1", Road.Queue, 100) { Workers = 1 }, 0, new LoadShare(0, 1, 0, null),
            new LabAddress("127.0.0.1", relay.Port, "app", "secret", "app"), null, file,
            Path.Combine(_folder, "outcomes.csv")));
        await workers.BeginAsync(ArmClock.In(default));
        await Eventually.Holds(() => workers.Progress.Succeeded == 1);
        workers.EndInput();
        await workers.WaitAsync(Eventually.Deadline);

        Assert.True(Assert.Single(workers.ReadOutcomes()).Succeeded);
        Assert.Equal(2, commits);
        Assert.Equal(1, await _server.Execute($"select hits from {ArrivalTrace.Table}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
