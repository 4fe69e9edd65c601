using Sento.Base;

namespace Sento.DataPlane.Pool;

/// <summary>
/// Once a second: closes what is old or idle too long, keeps the minimum warm, ends waits that are over and
/// clients that are lost.
/// </summary>
internal static class Janitor
{
    private static readonly TimeSpan RoleEvery = TimeSpan.FromSeconds(1);

    public static void Visit(Target target)
    {
        var policy = target.Budget.Policy;
        var now = target.Loop.Now;
        var idle = 0;
        foreach (var pool in target.Pools.ToArray())
        {
            pool.ExpireWaiting();
            CloseExpired(pool, now);
            LostClients.Visit(pool);
            while (pool.OldestIdle is { } oldest && pool.IdleCount > pool.MinIdle
                && (pool.IsAbandoned || now - oldest.IdleSince > policy.ServerIdleTimeout))
                oldest.Break(EndReason.ServerIdleTooLong);
            if (target.Down is null)
                KeepWarm(pool);
            idle += pool.IdleCount;
            if (pool.IsForgotten)
                target.Forget(pool);
        }
        CloseSurplus(target, idle - target.Budget.MaxIdle, now);
        if (target.WatchesRole)
            WatchRole(target, now);
    }

    /// <summary>
    /// A replica may be promoted at any time: idle connections are asked, a probe where there is none.
    /// </summary>
    private static void WatchRole(Target target, LoopTime now)
    {
        if (now - target.RoleToldAt < RoleEvery && target.IsReader is not null)
            return;
        foreach (var pool in target.Pools)
        {
            if (pool.NewestIdle is not { } server)
                continue;
            if (!server.IsBeingAsked)
                pool.Ask(server);
            return;
        }
        target.OpenProbe();
    }

    private static void CloseExpired(TargetPool pool, LoopTime now)
    {
        pool.Kept.Expire();
        CloseExpired(pool.Free.Oldest, now);
        CloseExpired(pool.Kept.Oldest, now);
    }

    private static void CloseExpired(ServerConnection? oldest, LoopTime now)
    {
        ServerConnection? next;
        for (var server = oldest; server is not null; server = next)
        {
            next = server.NextIdle;
            if (now >= server.ExpiresAt)
                server.Break(EndReason.ServerLifetimeReached);
        }
    }

    private static void KeepWarm(TargetPool pool)
    {
        // One a second is enough to stay warm, and never a storm after a restart of the target.
        if (pool.IdleCount + pool.OpeningCount < pool.MinIdle && pool.Target.Budget.HasRoom && pool.Target.MayOpen(pool))
            pool.Open();
    }

    /// <summary>
    /// MaxIdleConnectionsPercent: what is above it goes, oldest first, if it was idle for a while.
    /// </summary>
    private static void CloseSurplus(Target target, int surplus, LoopTime now)
    {
        var grace = TimeSpan.FromSeconds(5);
        foreach (var pool in target.Pools.ToArray())
        {
            while (surplus > 0 && pool.IdleCount > pool.MinIdle && pool.OldestIdle is { } oldest
                && now - oldest.IdleSince > grace)
            {
                oldest.Break(EndReason.ServerIdleTooLong);
                surplus--;
            }
        }
    }
}
