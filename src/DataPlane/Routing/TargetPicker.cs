using Sento.DataPlane.Pool;
using Sento.Model;

namespace Sento.DataPlane.Routing;

/// <summary>Which target of a group serves an endpoint: the writer, or one of the readers in turn.</summary>
/// <remarks>
/// What a target is, it says itself. Until it has, the order of the configuration is believed: the first
/// writes,
/// the others are readers. The only target of a group serves every endpoint.
/// </remarks>
internal sealed class TargetPicker
{
    private int _turn;

    /// <param name="current">Chosen again when no other is better.</param>
    /// <returns>Null: every target has told that it has the other role.</returns>
    public Target? Pick(IReadOnlyList<Target> targets, TargetRole role, Target? current)
    {
        if (targets.Count == 1)
            return targets[0];
        var wantsReader = role == TargetRole.ReadOnly;
        // Before any has told, and with servers that are not asked, nothing but the order can be believed.
        if (!targets.Any(target => target.HasToldRole))
        {
            return wantsReader && (current is null || current == targets[0] || !targets.Contains(current))
                ? targets[1 + (_turn++ & int.MaxValue) % (targets.Count - 1)]
                : wantsReader ? current : targets[0];
        }
        var best = Unfit;
        foreach (var target in targets)
            best = Math.Min(best, RankOf(target, wantsReader));
        if (best == Unfit)
            return null;
        if (current is not null && targets.Contains(current) && RankOf(current, wantsReader) == best)
            return current;
        // Readers share the load; a writer that nobody has asked yet is the first one named.
        var start = wantsReader ? 1 + (_turn++ & int.MaxValue) % (targets.Count - 1) : 0;
        for (var i = 0; i < targets.Count; i++)
        {
            var target = targets[(start + i) % targets.Count];
            if (RankOf(target, wantsReader) == best)
                return target;
        }
        return null;
    }

    private const int Unfit = 4;

    private static int RankOf(Target target, bool wantsReader)
    {
        if (target.IsReader is { } isReader && isReader != wantsReader)
            return Unfit;
        return (target.IsReader is null ? 1 : 0) + (target.Down is null ? 0 : 2);
    }
}
