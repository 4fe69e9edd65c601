using System.Collections.Immutable;

namespace Sento.Vault;

/// <summary>
/// Which version carries which label. A label is on one version at most; AWSPREVIOUS is what AWSCURRENT has
/// left. Pure.
/// </summary>
public static class StagingLabels
{
    private const int UnlabelledMax = 100;
    private static readonly TimeSpan UnlabelledAgeMin = TimeSpan.FromHours(24);

    /// <summary>
    /// Puts labels on a version that the record has, taking them from whatever carries them. No label is
    /// taken
    /// from it.
    /// </summary>
    public static SecretRecord Attach(SecretRecord record, string versionId, IEnumerable<string> stages)
    {
        foreach (var stage in stages)
        {
            if (stage == Stage.Current)
                record = MoveCurrent(record, versionId);
            else
                record = Move(record, stage, versionId);
        }
        return record;
    }

    /// <summary>Takes a label off. Not for AWSCURRENT, which always exists once a value does.</summary>
    public static SecretRecord Detach(SecretRecord record, string stage) =>
        record.Holder(stage) is { } holder
            ? record.With(holder with { Stages = holder.Stages.Remove(stage) })
            : record;

    /// <summary>
    /// Forgets the oldest unlabelled versions above a hundred, but none younger than a day.
    /// </summary>
    public static (SecretRecord Record, ImmutableArray<string> Forgotten) Prune(
        SecretRecord record, DateTimeOffset now)
    {
        var unlabelled = record.Versions.Where(version => version.Stages.IsEmpty).ToList();
        var forgotten = unlabelled
            .Take(Math.Max(0, unlabelled.Count - UnlabelledMax))
            .Where(version => now - version.CreatedDate >= UnlabelledAgeMin)
            .Select(version => version.Id)
            .ToImmutableArray();
        return (
            record with { Versions = record.Versions.RemoveAll(v => forgotten.Contains(v.Id)) }, forgotten);
    }

    private static SecretRecord MoveCurrent(SecretRecord record, string versionId)
    {
        if (record.Holder(Stage.Current) is { } before)
        {
            if (before.Id == versionId)
                return record;
            // A rotation that is over leaves its label there: on what is no longer current it would read
            // as one that goes on, and bar the next.
            if (before.Has(Stage.Pending))
                record = Detach(record, Stage.Pending);
            record = Move(record, Stage.Previous, before.Id);
        }
        return Move(record, Stage.Current, versionId);
    }

    private static SecretRecord Move(SecretRecord record, string stage, string versionId)
    {
        if (record.Holder(stage) is { } holder)
        {
            if (holder.Id == versionId)
                return record;
            record = record.With(holder with { Stages = holder.Stages.Remove(stage) });
        }
        var taker = record.Find(versionId)!;
        return record.With(taker with { Stages = taker.Stages.Add(stage) });
    }
}
