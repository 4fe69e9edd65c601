using System.Collections.Immutable;
using Sento.DataPlane.Pool;
using Sento.Host.Admin;

namespace Sento.Host.Runtime;

/// <summary>Collects rows from the loops for the administration listener.</summary>
internal sealed class AdminView(Func<ImmutableArray<RunningProxy>> proxies, Func<bool> isDraining)
    : IAdminView
{
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;

    public HealthReport Health => new(isDraining(), [.. proxies().SelectMany(TargetsOf)]);

    public ValueTask<ImmutableArray<ClientRow>> ClientsAsync(CancellationToken cancellation) =>
        Collect(running => running.Proxy.Sessions.Select(session => new ClientRow(
            session.Id, running.Config.DBProxyName, session.Endpoint.Name, session.User, session.Database,
            session.Protocol.ApplicationName, session.Peer.Text, session.IsTls, session.Stage,
                Ago(session.Loop.Now - session.ConnectedAt),
            session.Protocol.ServerId, session.WaitedFor, session.Transactions)
        {
            Principal = session.Principal,
        }), cancellation);

    public ValueTask<ImmutableArray<ServerRow>> ServersAsync(CancellationToken cancellation) =>
        Collect(running =>
            running.Proxy.Targets.SelectMany(target => target.Pools).SelectMany(pool => pool.Servers)
            .Select(server => new ServerRow(
                server.Id, running.Config.DBProxyName,
                    $"{server.Pool.Target.Config.Host}:{server.Pool.Target.Config.Port}",
                server.Pool.Key.User, server.Pool.Key.Database, server.Protocol.ProcessId, server.IsTls,
                server.Stage.ToString(), Ago(server.Loop.Now - server.CreatedAt),
                    Ago(server.Loop.Now - server.IdleSince),
                Ago(server.Loop.Now - server.ExpiresAt), server.Protocol.ClientId,
                    server.Protocol.PreparedStatements, server.Transactions)),
                    cancellation);

    public ValueTask<ImmutableArray<PinRow>> PinsAsync(CancellationToken cancellation) =>
        Collect(running =>
            running.Proxy.Sessions.Where(session => session.Protocol.IsPinned).Select(session =>
        {
            var pin = session.Protocol.Pin;
            return new PinRow(
                session.Id, session.Protocol.ServerId ?? 0, running.Config.DBProxyName, session.Endpoint.Name,
                session.User, session.Database, pin.Reason, pin.Digest.Length == 0 ? null : pin.Digest,
                Ago(session.Loop.Now - pin.Since), pin.EndsWhen);
        }), cancellation);

    private static DateTimeOffset Ago(TimeSpan span) => DateTimeOffset.UtcNow - span;

    private IEnumerable<TargetRow> TargetsOf(RunningProxy running)
    {
        foreach (var target in running.Config.TargetGroup.Targets)
        {
            // A reference read across threads: either the old or the new answer, both true a moment ago.
            var live = running.Proxy.Targets.FirstOrDefault(t => t.Config == target);
            var down = live?.Down;
            var state = down is not null ? TargetState.Unavailable
                : live is { HasBeenUp: true } ? TargetState.Available : TargetState.Registering;
            yield return new TargetRow(running.Config.DBProxyName, $"{target.Host}:{target.Port}", state,
                down?.Message, _started);
        }
    }

    private async ValueTask<ImmutableArray<T>> Collect<T>(
        Func<RunningProxy, IEnumerable<T>> rows, CancellationToken cancellation)
    {
        var all = ImmutableArray.CreateBuilder<T>();
        foreach (var running in proxies())
        {
            var done = new TaskCompletionSource<T[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            running.Proxy.Loop.Post(() =>
            {
                try
                {
                    done.SetResult([.. rows(running)]);
                }
                catch (Exception fault)
                {
                    done.SetException(fault);
                }
            });
            all.AddRange(await done.Task.WaitAsync(cancellation).ConfigureAwait(false));
        }
        return all.ToImmutable();
    }
}
