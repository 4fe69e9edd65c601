using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Load;

/// <summary>
/// The load processes of a run, kept from arm to arm: what a runtime does at its start is done once. One that
/// did not come to a clean end is replaced.
/// </summary>
internal sealed class LoadCrew(Lifeline lifeline, IReadOnlyList<string> program) : IAsyncDisposable
{
    private readonly Dictionary<(int Number, int? Only), LoadChild> _children = [];

    /// <summary>Starts the processes that a plan needs; they come up while other things are done.</summary>
    public void Begin(LabPlan plan)
    {
        foreach (var share in LoadShare.Of(plan, plan.OwnProcesses))
            _children[(share.Number, share.Only)] = Start();
    }

    /// <summary>Has each job taken by a process of its own; returns once all are ready.</summary>
    public async Task<IReadOnlyList<LoadChild>> TakeAsync(IReadOnlyList<LoadJob> jobs)
    {
        foreach (var (share, child) in _children.Where(each => !each.Value.IsIdle).ToList())
        {
            await child.DisposeAsync();
            _children.Remove(share);
        }
        var takers = jobs.Select(job => (Job: job, Child: For(job.Share))).ToList();
        await Task.WhenAll(takers.Select(taker => taker.Child.TakeAsync(taker.Job)));
        return [.. takers.Select(taker => taker.Child)];
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_children.Values.Select(child => child.DisposeAsync().AsTask()));
        _children.Clear();
    }

    private LoadChild For(LoadShare share)
    {
        if (!_children.TryGetValue((share.Number, share.Only), out var child))
            _children[(share.Number, share.Only)] = child = Start();
        return child;
    }

    private LoadChild Start() => LoadChild.Start(lifeline, program, LoadProcess.Command);
}
