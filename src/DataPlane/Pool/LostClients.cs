using Sento.Base;
using Sento.DataPlane.Session;

namespace Sento.DataPlane.Pool;

/// <summary>
/// Once a second: ends clients whose machine answers nothing any more while they hold a server connection.
/// </summary>
/// <remarks>
/// Who holds none may be silent until IdleClientTimeout: a function's environment sleeps between invocations,
/// does not answer meanwhile, and goes on where it was.
/// </remarks>
internal static class LostClients
{
    public static void Visit(TargetPool pool)
    {
        foreach (var server in pool.Servers)
        {
            if (server is not { Stage: ServerStage.Borrowed, Lessee: { IsEnded: false } client })
                continue;
            var bound = client.Proxy.Config.LostClientTimeout;
            if (bound <= TimeSpan.Zero || pool.Loop.Now - client.LastActive < bound
                || !client.SeemsLost(bound))
                continue;
            client.End(new Goodbye(EndReason.ClientLost, ""));
            // Its end may have changed the set: the others are looked at a second later.
            return;
        }
    }
}
