using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using Sento.DataPlane.Metrics;
using Sento.Host;
using Sento.Host.Admin;
using Sento.Host.Commands;
using Sento.Host.Configuration;
using Sento.Host.Identities;
using Sento.Model;
using Sento.Tests.Unit.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class LifecycleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_faulty_configuration_never_starts()
    {
        await using var run = new Run(new ConfigurationReading(null, [Finding("bad")]));
        Assert.Equal(ExitCode.Fault, await run.Ended);
        Assert.Contains("test.yaml:7:3: bad", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Runtime.Snapshots);
    }

    [Fact]
    public async Task What_the_runtime_cannot_do_ends_the_start()
    {
        await using var run = new Run(Good(Snapshots.Good), startFaults: ["127.0.0.1:6432 is in use"]);
        Assert.Equal(ExitCode.Fault, await run.Ended);
        Assert.Contains("127.0.0.1:6432 is in use", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_drains_with_the_longest_deadline()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Send(Signal.Stop);
        Assert.Equal(TimeSpan.FromSeconds(30), await run.Runtime.Draining.WaitAsync(Patience));
        run.Runtime.FinishDrain();
        Assert.Equal(ExitCode.Good, await run.Ended);
        Assert.Contains("Draining", run.LogText, StringComparison.Ordinal);
        Assert.Contains("Stopped.", run.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_stop_does_not_wait_for_the_deadline()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Send(Signal.Stop);
        await run.Runtime.Draining.WaitAsync(Patience);
        Assert.False(run.Ended.IsCompleted);
        run.Send(Signal.Stop);
        Assert.Equal(ExitCode.Good, await run.Ended);
        Assert.True(run.Runtime.WasCutShort);
    }

    [Fact]
    public async Task A_good_file_is_applied_and_its_changes_are_logged()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Next =
            Good(Snapshots.With(proxy => proxy with { Auth = [Snapshots.Auth("app", "app", "new-secret")] }));
        run.Send(Signal.Reload);
        var applied = await run.Runtime.Applied.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(2, applied.Revision);
        await run.StopAsync();
        Assert.Contains("Proxy[shop] Auth[app]: password changed", run.LogText, StringComparison.Ordinal);
        Assert.Contains("Revision 2 is in force", run.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain("new-secret", run.LogText, StringComparison.Ordinal);
        Assert.Contains("sento_configuration_reloads_applied_total 1", run.Metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_tells_all_faults()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Next = new ConfigurationReading(null, [Finding("first fault"), Finding("second fault")]);
        run.Send(Signal.Reload);
        await run.StopAsync();
        Assert.Single(run.Runtime.Snapshots);
        Assert.Contains("test.yaml:7:3: first fault", run.LogText, StringComparison.Ordinal);
        Assert.Contains("test.yaml:7:3: second fault", run.LogText, StringComparison.Ordinal);
        Assert.Contains("revision 1 stays in force", run.LogText, StringComparison.Ordinal);
        Assert.Contains("sento_configuration_reloads_refused_total 1", run.Metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_did_not_change_is_not_applied()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Send(Signal.Reload);
        await run.StopAsync();
        Assert.Single(run.Runtime.Snapshots);
        Assert.Contains("nothing changed", run.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_administration_listener_moves_with_the_configuration()
    {
        var with = Snapshots.Good with { Admin = new AdminConfig { Listen = "127.0.0.1:0" } };
        await using var run = new Run(Good(with));
        run.Next = Good(Snapshots.Good);
        run.Send(Signal.Reload);
        await run.StopAsync();
        Assert.Contains("Administration listens on http://127.0.0.1:", run.LogText, StringComparison.Ordinal);
        Assert.Contains(
            "Admin: Listen changed from 127.0.0.1:0 to (not set)", run.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_vault_is_said_to_wait_for_the_next_start()
    {
        await using var run = new Run(Good(Snapshots.Good));
        run.Next = Good(Snapshots.Good with { Vault = new VaultConfig { KeyRing = "env:ANOTHER" } });
        run.Send(Signal.Reload);
        await run.StopAsync();
        Assert.Contains("restart it to use another vault", run.LogText, StringComparison.Ordinal);
    }

    private static ConfigurationReading Good(ProxySnapshot snapshot) => new(snapshot, []);

    private static Finding Finding(string message) => new(new TextPosition(7, 3), new Fault("x", message));

    /// <summary>One life with a runtime that only remembers.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly Channel<Signal> _signals = Channel.CreateUnbounded<Signal>();
        private readonly MemoryStream _output = new();
        private readonly StringWriter _errors = new();
        private readonly ProxyMetrics _metrics = new([]);
        private readonly Log _log;

        public Run(ConfigurationReading first, ImmutableArray<string> startFaults = default)
        {
            Next = first;
            Runtime = new RememberingRuntime(startFaults.IsDefault ? [] : startFaults);
            _log = new Log(_output, LogFormat.Text);
            var source = new ConfigurationSource("test.yaml", () => Next);
            var life = new Lifecycle(source, _log, _metrics, _signals.Reader);
            Ended = life.RunAsync((_, _) => Runtime, _errors).WaitAsync(Patience);
        }

        public ConfigurationReading Next { get; set; }

        public RememberingRuntime Runtime { get; }

        public Task<int> Ended { get; }

        public string Errors => _errors.ToString();

        public string Metrics => _metrics.ToPrometheus(_log);

        /// <summary>Complete once the run has been stopped.</summary>
        public string LogText
        {
            get
            {
                _log.DisposeAsync().AsTask().Wait(Patience);
                return Encoding.UTF8.GetString(_output.ToArray());
            }
        }

        public void Send(Signal signal) => Assert.True(_signals.Writer.TryWrite(signal));

        public async Task StopAsync()
        {
            Runtime.FinishDrain();
            Send(Signal.Stop);
            Assert.Equal(ExitCode.Good, await Ended);
        }

        public async ValueTask DisposeAsync()
        {
            Runtime.FinishDrain();
            _signals.Writer.TryWrite(Signal.Stop);
            await Ended;
            await _log.DisposeAsync();
        }
    }

    private sealed class RememberingRuntime(ImmutableArray<string> startFaults) : IProxyRuntime, IAdminView
    {
        private readonly Channel<ProxySnapshot> _applied = Channel.CreateUnbounded<ProxySnapshot>();
        private readonly TaskCompletionSource<TimeSpan> _draining = new();
        private readonly TaskCompletionSource<int> _drained = new();

        public List<ProxySnapshot> Snapshots { get; } = [];

        public TokenAuthority Tokens { get; } = new();

        public Action<string>? PasswordRefused { get; set; }

        public ChannelReader<ProxySnapshot> Applied => _applied.Reader;

        public Task<TimeSpan> Draining => _draining.Task;

        public bool WasCutShort { get; private set; }

        public IAdminView View => this;

        public HealthReport Health => new(false, []);

        public void FinishDrain() => _drained.TrySetResult(0);

        public ImmutableArray<string> Start(ProxySnapshot snapshot)
        {
            Snapshots.Add(snapshot);
            return startFaults;
        }

        public ImmutableArray<string> Apply(ProxySnapshot snapshot)
        {
            Snapshots.Add(snapshot);
            Assert.True(_applied.Writer.TryWrite(snapshot));
            return [];
        }

        public async Task<int> DrainAsync(TimeSpan deadline, CancellationToken atOnce)
        {
            if (!startFaults.IsEmpty)
                return 0;
            _draining.TrySetResult(deadline);
            await using var cut = atOnce.Register(() =>
            {
                WasCutShort = true;
                _drained.TrySetResult(1);
            });
            return await _drained.Task;
        }

        public ValueTask<ImmutableArray<ClientRow>> ClientsAsync(CancellationToken cancellation) => new([]);

        public ValueTask<ImmutableArray<ServerRow>> ServersAsync(CancellationToken cancellation) => new([]);

        public ValueTask<ImmutableArray<PinRow>> PinsAsync(CancellationToken cancellation) => new([]);
    }
}
