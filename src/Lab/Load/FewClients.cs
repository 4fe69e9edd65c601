using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// What comes before an arm: whatever a runtime compiles in its first seconds belongs to none, and a few
/// clients that are always awake show what a way costs where nothing is scarce.
/// </summary>
internal sealed class FewClients(LoadJob job, IEngine engine, DbDataSource source)
{
    private const int FirstInvocationsEach = 20;
    private const int InvocationsEach = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ArmClock _clock = new(ArmClock.In(default));
    private readonly LabPlan _plan = job.Plan with { Deadline = Patience };

    /// <summary>Of all processes, each with its connection: half of what the proxies may open.</summary>
    public static int Count(LabPlan plan) =>
        Math.Clamp(plan.PoolSize / 2, plan.LoadProcesses, 10 / plan.LoadProcesses * plan.LoadProcesses);

    /// <summary>Begins cold now and then, as environments do.</summary>
    public async Task WarmUpAsync(int invocations)
    {
        var environment = Environment();
        for (var count = 0; count < invocations; count++)
            await InvokeAsync(environment, count, 0, isLast: count % 4 == 3);
        await environment.CloseAsync();
    }

    /// <returns>Microseconds that each invocation took, those that began cold left out.</returns>
    public async Task<IReadOnlyList<long>> TimesAsync()
    {
        var clients = Enumerable.Range(0, Count(job.Plan) / job.Plan.LoadProcesses)
            .Select(number => (Number: number, Environment: Environment())).ToList();
        // Proxies open connections when they are wanted: that is over then.
        await EachAsync(FirstInvocationsEach);
        var times = await EachAsync(InvocationsEach);
        await Task.WhenAll(clients.Select(client => client.Environment.CloseAsync()));
        return [.. times.SelectMany(each => each)];

        Task<IReadOnlyList<long>[]> EachAsync(int invocations) => Task.WhenAll(
            clients.Select(client => TimesAsync(client.Environment, client.Number, invocations)));
    }

    private async Task<IReadOnlyList<long>> TimesAsync(
        ExecutionEnvironment environment, int number, int invocations)
    {
        var times = new List<long>();
        for (var count = 0; count < invocations; count++)
        {
            var begun = _clock.Now;
            await InvokeAsync(environment, count, number, isLast: false);
            times.Add(_clock.Now - begun);
        }
        return times;
    }

    private async Task InvokeAsync(ExecutionEnvironment environment, int count, int client, bool isLast)
    {
        Outcome outcome = default;
        // Rows of its own: nobody waits for another's lock.
        var item = (client * (job.Share.Count + 1)) + job.Share.Number;
        await environment.Invoke(
            new Arrival(count, 0, _clock.Now, item, isLast), given => outcome = given);
        if (!outcome.Succeeded)
            throw new LabFault($"the first invocation failed: {outcome.Error} {outcome.Text}");
    }

    private ExecutionEnvironment Environment() => new(engine, source, job.Arm, _clock, _plan);
}
