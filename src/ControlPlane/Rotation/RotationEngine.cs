using System.Runtime.ExceptionServices;
using Sento.ControlPlane.Secrets;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// Rotates what is due, and sweeps away secrets whose time has run out. One task; of several processes with
/// the
/// same vault, one at a time works.
/// </summary>
/// <remarks>
/// A step that fails leaves the secret as it was: AWSCURRENT moves last, when the new value has been
/// tested. It
/// is tried again, later and later, up to an hour.
/// </remarks>
/// <param name="report">Told in words what was rotated and what failed.</param>
public sealed class RotationEngine(SecretVault vault, RotationFunctions functions, Action<string> report)
    : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>A few times as long as it takes a process to look into the vault again.</summary>
    private static readonly TimeSpan KnownEverywhere = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan CopiesPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(60);

    private readonly FileStream _turn = new(
        Path.Combine(vault.Folder, "rotation.lock"),
        new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite });

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
                    if (IsAnythingDue(DateTimeOffset.UtcNow))
                        await RunDueAsync(DateTimeOffset.UtcNow, cancellation);
                }
                catch (Exception error) when (!IsOurEnd(error, cancellation))
                {
                    report($"Rotation: {FaultWords.Of(error)}");
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The process ends; what was begun is taken up at the next start.
        }
    }

    /// <summary>Everything that is due now, one after the other; what one throws comes last.</summary>
    public async Task RunDueAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await TakeTurnAsync(cancellation);
        try
        {
            ExceptionDispatchInfo? fault = null;
            foreach (var record in vault.All.Where(record => record.GoneDate <= now || IsDue(record, now)))
            {
                try
                {
                    if (record.GoneDate <= now)
                        SweepAway(record);
                    else
                        await RotateAsync(record.Arn, now, cancellation);
                }
                catch (Exception error) when (!IsOurEnd(error, cancellation))
                {
                    // The others get what is due to them first.
                    fault ??= ExceptionDispatchInfo.Capture(error);
                }
            }
            fault?.Throw();
        }
        finally
        {
            _turn.Unlock(0, 1);
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool IsAnythingDue(DateTimeOffset now) =>
        vault.All.Any(record => record.GoneDate <= now || IsDue(record, now));

    private static bool IsDue(SecretRecord record, DateTimeOffset now)
    {
        if (record.IsDeleted || record.PrimaryRegion is not null
            || record.Rotation is not { IsOn: true } rotation)
            return false;
        return rotation.PendingToken is not null
            ? !(rotation.RetryDate > now)
            : rotation.NextRotationDate <= now;
    }

    private void SweepAway(SecretRecord record) => vault.Write(writer =>
    {
        writer.Remove(record);
        Note("DeleteSecret", record.Arn, null, "done");
        return 0;
    });

    private async Task RotateAsync(string arn, DateTimeOffset now, CancellationToken cancellation)
    {
        var record = Begin(arn, now);
        if (record?.Rotation is not { PendingToken: { } token } rotation)
            return;
        try
        {
            if (functions.Hook(rotation.Function) is { } url)
                await RunHookAsync(url, record, token, cancellation);
            else
                await RunBuiltInAsync(record, token, cancellation);
            if (rotation.IsTestOnly)
                FinishTest(arn, token, null);
            else
                Finish(arn, token);
            report(rotation.IsTestOnly
                ? $"Secret {record.Name}: its rotation was tested."
                : $"Secret {record.Name} is rotated.");
        }
        catch (Exception error) when (rotation.IsTestOnly && !IsOurEnd(error, cancellation))
        {
            var why = FaultWords.Of(error);
            FinishTest(arn, token, why);
            report($"Secret {record.Name} would not have been rotated: {why}");
        }
        catch (Exception error) when (!IsOurEnd(error, cancellation))
        {
            var why = FaultWords.Of(error);
            Fail(arn, why);
            report($"Secret {record.Name} could not be rotated and works as before: {why}");
        }
    }

    private static bool IsOurEnd(Exception error, CancellationToken cancellation) =>
        error is OperationCanceledException && cancellation.IsCancellationRequested;

    /// <summary>
    /// By the schedule: a token of our own. Asked for, or cut off before: the one that is there.
    /// </summary>
    private SecretRecord? Begin(string arn, DateTimeOffset now) => vault.Write(writer =>
    {
        if (vault.Find(arn) is not { Rotation: { IsOn: true } rotation } record
            || record.Holder(Stage.Current) is null)
            return null;
        if (rotation.PendingToken is not null)
            return record;
        var token = Guid.NewGuid().ToString();
        record = RotationStart.Begin(record, token, now) with
        {
            Rotation = rotation with
            {
                PendingToken = token,
                NextRotationDate = RotationSchedule.Next(rotation, now),
                IsTestOnly = false,
            },
        };
        writer.Put(record);
        Note("RotateSecret", arn, token, "done");
        return record;
    });

    private async Task RunBuiltInAsync(SecretRecord record, string token, CancellationToken cancellation)
    {
        var strategy = RotationFunctions.Strategy(record.Rotation!.Function)
            ?? throw new RotationFault($"There is no rotation function {record.Rotation.Function} any more.");
        var steps = new BuiltInRotation(vault, record.Arn, token, strategy);
        if (record.Rotation.IsTestOnly)
        {
            await steps.RehearseAsync(cancellation);
            return;
        }
        steps.Create(DateTimeOffset.UtcNow);
        // Proxies in other processes must know the password before the database takes it.
        await Task.Delay(KnownEverywhere, cancellation);
        await WaitForCopiesAsync(record.Arn, cancellation);
        await steps.SetAsync(cancellation);
        await steps.TestAsync(cancellation);
    }

    /// <summary>
    /// Proxies of other regions must know it too. One that can't be reached must not keep everybody else's
    /// password from changing: it is not waited for longer.
    /// </summary>
    private async Task WaitForCopiesAsync(string arn, CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow + CopiesPatience;
        while (DateTime.UtcNow < deadline && vault.Find(arn) is { } record
            && Replicas.Shown(record).Any(copy => Replicas.StatusOf(record, copy) == "InProgress"))
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
    }

    private static async Task RunHookAsync(
        Uri url, SecretRecord record, string token, CancellationToken cancellation)
    {
        using var hook = new HookRotation(url, record.Arn, token);
        if (record.Rotation!.IsTestOnly)
        {
            await hook.RunAsync("testSecret", cancellation);
            return;
        }
        foreach (var step in (string[])["createSecret", "setSecret", "testSecret", "finishSecret"])
            await hook.RunAsync(step, cancellation);
    }

    private void Finish(string arn, string token) => vault.Write(writer =>
    {
        if (vault.Find(arn) is not { Rotation: { } rotation } record || rotation.PendingToken != token)
            return 0;
        if (record.Find(token) is { HasValue: true })
            record = StagingLabels.Attach(record, token, [Stage.Current]);
        else
            throw new RotationFault("The rotation function has put no value.");
        (record, var forgotten) = StagingLabels.Prune(record, DateTimeOffset.UtcNow);
        foreach (var id in forgotten)
            writer.RemoveValue(arn, id);
        var now = DateTimeOffset.UtcNow;
        writer.Put(record with
        {
            LastChangedDate = now,
            Rotation = rotation with
            {
                PendingToken = null,
                FailureCount = 0,
                LastFailure = null,
                RetryDate = null,
                LastRotatedDate = now,
            },
        });
        Note("UpdateSecretVersionStage", arn, token, "done");
        return 0;
    });

    /// <summary>
    /// RotateImmediately=false: the version that stood for the next one goes, and the schedule decides. A
    /// test that failed is not tried again: whoever asked for it reads why.
    /// </summary>
    private void FinishTest(string arn, string token, string? fault) => vault.Write(writer =>
    {
        if (vault.Find(arn) is not { Rotation: { } rotation } record || rotation.PendingToken != token)
            return 0;
        writer.Put(record with
        {
            Versions = record.Versions.RemoveAll(v => v.Id == token && !v.HasValue),
            Rotation = rotation with
            {
                PendingToken = null,
                FailureCount = 0,
                LastFailure = fault,
                RetryDate = null,
                IsTestOnly = false,
            },
        });
        Note("RotateSecret test", arn, token, fault is null ? "done" : "failed");
        return 0;
    });

    private void Fail(string arn, string why) => vault.Write(writer =>
    {
        if (vault.Find(arn) is not { Rotation: { } rotation } record)
            return 0;
        var wait = TimeSpan.FromTicks(Math.Min(
            RetryMax.Ticks, FirstRetry.Ticks << Math.Min(rotation.FailureCount, 10)));
        writer.Put(record with
        {
            Rotation = rotation with
            {
                FailureCount = rotation.FailureCount + 1,
                LastFailure = why,
                RetryDate = DateTimeOffset.UtcNow + wait,
            },
        });
        Note("RotateSecret", arn, rotation.PendingToken, "failed");
        return 0;
    });

    private void Note(string operation, string arn, string? version, string outcome) => vault.Audit.Append(
        new AuditEntry
        {
            Principal = "sento:rotation",
            Operation = operation,
            Secret = arn,
            Version = version,
            Outcome = outcome,
        },
        isDurable: true);

    private async Task TakeTurnAsync(CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow + LockPatience;
        while (true)
        {
            try
            {
                _turn.Lock(0, 1);
                return;
            }
            catch (IOException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
            }
            catch (IOException)
            {
                throw new VaultFault("another process has been rotating for a minute");
            }
        }
    }
}
