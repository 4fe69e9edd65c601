using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;

namespace Sento.Lab.Queue;

/// <summary>
/// The process of the workers: polls the queue and does its work in the database with a fixed number of
/// connections, until its standard input ends; then it writes what became of each message.
/// </summary>
public sealed class QueueProcess : IDisposable
{
    /// <summary>The hidden command that starts it.</summary>
    public const string Command = "lab-queue";

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(200);

    private readonly BlockingCollection<(long Id, Arrival Arrival)> _taken = [];
    private readonly ConcurrentQueue<(long Id, bool IsDone)> _answered = new();
    private readonly ConcurrentQueue<Outcome> _outcomes = new();
    private readonly IEngine _engine;
    private readonly DbDataSource _source;
    private readonly LoadJob _job;
    private ArmClock _clock = new(0);
    private volatile bool _isEnding;
    private int _free;

    private QueueProcess(LoadJob job)
    {
        _job = job;
        _engine = EngineTable.Of(job.Plan.Engine);
        _source = _engine.Source(job.Address, ConnectPatience);
    }

    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        using var process = new QueueProcess(LoadJob.Read(await input.ReadLineAsync() ?? ""));
        return await process.WorkAsync(input, output);
    }

    public void Dispose()
    {
        _source.Dispose();
        _taken.Dispose();
    }

    private async Task<int> WorkAsync(TextReader input, TextWriter output)
    {
        var count = _job.Arm.Workers;
        var ready = new CountdownEvent(count);
        var workers = Enumerable.Range(0, count).Select(_ => Background(() => Work(ready))).ToList();
        ready.Wait();
        await output.WriteLineAsync(LoadProcess.Ready);
        await output.FlushAsync();
        if (await input.ReadLineAsync() is not { } start)
            return 0;
        _clock = new ArmClock(long.Parse(start, CultureInfo.InvariantCulture));
        _free = count;
        var poller = Background(Poll);
        var ended = Task.Run(() => input.ReadLine());
        while (await Task.WhenAny(ended, Task.Delay(SayEvery)) != ended)
        {
            var done = _outcomes.Count;
            await output.WriteLineAsync(new LoadProgress(done, done, 0, count).ToLine());
            await output.FlushAsync();
        }
        _isEnding = true;
        poller.Join();
        _taken.CompleteAdding();
        workers.ForEach(worker => worker.Join());
        await File.WriteAllLinesAsync(_job.ResultFile, _outcomes.Select(outcome => outcome.ToLine()));
        return 0;
    }

    private void Poll()
    {
        using var queue = new QueueTaker(_job.QueueFile!);
        while (!_isEnding)
        {
            var answered = new List<(long Id, bool IsDone)>();
            while (_answered.TryDequeue(out var answer))
                answered.Add(answer);
            var taken = queue.Exchange(
                [.. answered.Where(answer => answer.IsDone).Select(answer => answer.Id)],
                [.. answered.Where(answer => !answer.IsDone).Select(answer => answer.Id)],
                _free += answered.Count, _clock.Now);
            _free -= taken.Count;
            foreach (var message in taken)
                _taken.Add(message);
            if (taken.Count == 0)
                Thread.Sleep(PollEvery);
        }
    }

    private void Work(CountdownEvent ready)
    {
        var connection = _source.OpenConnection();
        ready.Signal();
        foreach (var (id, arrival) in _taken.GetConsumingEnumerable())
        {
            try
            {
                if (connection.State != System.Data.ConnectionState.Open)
                {
                    connection.Dispose();
                    connection = _source.OpenConnection();
                }
                Handler.RunAsync(_engine, connection, _job.Plan, arrival, () => { })
                    .GetAwaiter().GetResult();
                Ended(id, arrival, "", "");
            }
            catch (WrongAnswer wrong)
            {
                Ended(id, arrival, FailureClass.Of(wrong), wrong.Message);
            }
            catch (Exception error) when (error is DbException or IOException or CommitUnknown)
            {
                // The message becomes visible again and is tried once more: done twice where a commit whose
                // answer did not come was one after all. Queues promise "at least once" and no more.
                _answered.Enqueue((id, false));
            }
        }
        connection.Dispose();
    }

    private void Ended(long id, Arrival arrival, string failure, string text)
    {
        _outcomes.Enqueue(new Outcome(
            arrival.Number, arrival.Environment, arrival.AtMicroseconds, _clock.Now, -1, failure, text));
        _answered.Enqueue((id, true));
    }

    private static Thread Background(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
