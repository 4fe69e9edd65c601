using System.Collections.Immutable;
using Sento.DataPlane.Metrics;
using Sento.Host.Admin;
using Sento.Model;

namespace Sento.Host;

/// <summary>Everything wired on one page.</summary>
internal static class Composition
{
    public static IProxyRuntime CreateRuntime(Log log, ProxyMetrics metrics) => new NotServing();

    /// <summary>The counters, with the names of all reasons for a pin.</summary>
    public static ProxyMetrics CreateMetrics() => new([]);

    /// <summary>Stands in until the data plane is wired: refuses to start and says so.</summary>
    private sealed class NotServing : IProxyRuntime, IAdminView
    {
        public IAdminView View => this;

        public HealthReport Health => new(IsDraining: false, []);

        public ImmutableArray<string> Start(ProxySnapshot snapshot) => ["This build cannot serve yet."];

        public ImmutableArray<string> Apply(ProxySnapshot snapshot) => ["This build cannot serve yet."];

        public Task<int> DrainAsync(TimeSpan deadline, CancellationToken atOnce) => Task.FromResult(0);

        public ValueTask<ImmutableArray<ClientRow>> ClientsAsync(CancellationToken cancellation) => new([]);

        public ValueTask<ImmutableArray<ServerRow>> ServersAsync(CancellationToken cancellation) => new([]);

        public ValueTask<ImmutableArray<PinRow>> PinsAsync(CancellationToken cancellation) => new([]);
    }
}
