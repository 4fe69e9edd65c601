using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;
using Sento.Lab.Queue;

namespace Sento.Lab.Load;

/// <summary>Those who get invocations: environments with connections, or senders to a queue.</summary>
internal interface ICrowd
{
    /// <summary>Environments that hold a connection to the database or its proxy.</summary>
    int Open { get; }

    Task Invoke(Arrival arrival, Action<Outcome> done);

    Task CloseAsync();
}

/// <summary>Environments that go to the database themselves.</summary>
internal sealed class DatabaseCrowd : ICrowd
{
    private readonly ExecutionEnvironment[] _environments;

    public DatabaseCrowd(DbDataSource source, LoadJob job, ArmClock clock)
    {
        var engine = EngineTable.Of(job.Plan.Engine);
        _environments =
        [
            .. Enumerable.Range(0, job.Plan.Environments)
                .Select(_ => new ExecutionEnvironment(engine, source, job.Arm, clock, job.Plan)),
        ];
    }

    public int Open => _environments.Count(environment => environment.HoldsConnection);

    public Task Invoke(Arrival arrival, Action<Outcome> done) =>
        _environments[arrival.Environment].Invoke(arrival, done);

    public Task CloseAsync() =>
        Task.WhenAll(_environments.Select(environment => environment.CloseAsync()));
}

/// <summary>Environments that put their work into the queue and are done.</summary>
internal sealed class QueueCrowd(QueueSender queue, ArmClock clock) : ICrowd
{
    public int Open => 0;

    public async Task Invoke(Arrival arrival, Action<Outcome> done)
    {
        await Task.Yield();
        try
        {
            await queue.SendAsync(arrival);
            done(Ended(Outcome.Queued, ""));
        }
        catch (Exception error)
        {
            done(Ended("queue", error.Message));
        }

        Outcome Ended(string failure, string text) => new(
            arrival.Number, arrival.Environment, arrival.AtMicroseconds, clock.Now, -1, failure, text);
    }

    public Task CloseAsync() => Task.CompletedTask;
}
