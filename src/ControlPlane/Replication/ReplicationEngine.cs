using System.Collections.Immutable;
using Sento.Vault;

namespace Sento.ControlPlane.Replication;

/// <summary>
/// Brings copies of secrets in other regions up to date. One task, and one for each region that is behind; of
/// several processes with the same vault, one works.
/// </summary>
/// <remarks>
/// Whoever changes a secret writes nothing of its copies: what a copy holds is compared with what it should.
/// A region that is out is tried again, later and later, and holds up no other.
/// </remarks>
/// <param name="report">Told in words what failed, and when it does no longer.</param>
public sealed class ReplicationEngine(SecretVault vault, ReplicaRegions regions, Action<string> report)
    : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks while something is behind and nothing else has changed.</summary>
    private static readonly TimeSpan BehindBeat = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What should be as it must is told so again: it may have been put back from a backup, or promoted.
    /// </summary>
    private static readonly TimeSpan Round = TimeSpan.FromMinutes(5);

    private readonly FileStream _turn = new(
        Path.Combine(vault.Folder, "replication.lock"),
        new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
        });

    private readonly Dictionary<string, Task> _working = new(StringComparer.Ordinal);
    private long _revision = -1;
    private bool _hasTurn;
    private DateTimeOffset _nextLook;
    private DateTimeOffset _nextRound;

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var beat = new PeriodicTimer(Beat);
        try
        {
            while (await beat.WaitForNextTickAsync(cancellation))
            {
                try
                {
                    Look(DateTimeOffset.UtcNow, cancellation);
                }
                catch (Exception error)
                    when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
                {
                    report($"Replication: {FaultWords.Of(error)}");
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The process ends; what was begun is taken up at the next start.
        }
        await Task.WhenAll(_working.Values);
    }

    /// <summary>The turn is over, and another process's.</summary>
    public void Dispose() => _turn.Dispose();

    private void Look(DateTimeOffset now, CancellationToken cancellation)
    {
        var revision = vault.Revision;
        var isRound = now >= _nextRound;
        if ((revision == _revision && now < _nextLook && !isRound) || !TryTakeTurn())
            return;
        _revision = revision;
        if (isRound)
            _nextRound = now + Round;
        var behind = new Dictionary<string, List<ReplicaTask>>(StringComparer.Ordinal);
        foreach (var record in vault.All)
        {
            foreach (var replica in record.Replicas ?? [])
            {
                if (!isRound && ReplicaTask.IsDone(record, replica))
                    continue;
                if (!behind.TryGetValue(replica.Region, out var tasks))
                    behind[replica.Region] = tasks = [];
                tasks.Add(new ReplicaTask(vault, record, replica, report));
            }
        }
        _nextLook = behind.Count > 0 ? now + BehindBeat : DateTimeOffset.MaxValue;
        foreach (var (region, tasks) in behind)
        {
            if (_working.GetValueOrDefault(region) is not { IsCompleted: false })
                _working[region] = Task.Run(() => WorkAsync(region, tasks, cancellation), cancellation);
        }
    }

    private async Task WorkAsync(string region, List<ReplicaTask> tasks, CancellationToken cancellation)
    {
        try
        {
            // One that waits tells that the region is out: then the others need not find out.
            var now = DateTimeOffset.UtcNow;
            if (tasks.Exists(task => task.IsUnreachable && task.WaitsAt(now)))
                return;
            foreach (var task in tasks.Where(task => !task.WaitsAt(now)))
            {
                var there = regions.Find(region);
                if (!await task.RunAsync(there, cancellation))
                    return;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception error)
        {
            report($"Replication to {region}: {FaultWords.Of(error)}");
        }
    }

    private bool TryTakeTurn()
    {
        try
        {
            if (!_hasTurn)
                _turn.Lock(0, 1);
            _hasTurn = true;
        }
        catch (IOException)
        {
            // Another process has it, for as long as it lives.
        }
        return _hasTurn;
    }
}
