using System.Collections.Immutable;
using System.Threading.Channels;
using Sento.ControlPlane.Api;
using Sento.DataPlane.Metrics;
using Sento.Host.Admin;
using Sento.Host.Commands;
using Sento.Host.Configuration;
using Sento.Host.Vaults;
using Sento.Model;

namespace Sento.Host;

/// <summary>Makes the runtime for a log and counters.</summary>
internal delegate IProxyRuntime RuntimeFactory(Log log, ProxyMetrics metrics);

/// <summary>The life of a serving process: read, start, reload as often as asked, drain, end.</summary>
/// <remarks>
/// One task runs it. Everything it calls answers fast but for the drain, which has a deadline.
/// </remarks>
internal sealed class Lifecycle(
    ConfigurationSource source, Log log, ProxyMetrics metrics, ChannelReader<Signal> signals)
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(5);

    private ProxySnapshot _snapshot = ProxySnapshot.Empty;
    private AdminListener? _admin;
    private readonly Lock _applying = new();
    private VaultHost? _vault;
    private SecretBook? _secrets;
    private bool _isDraining;

    /// <summary>Told once serving has begun, with the runtime.</summary>
    public Action<IProxyRuntime>? Started { get; init; }

    /// <param name="error">Where faults of the start go: nobody reads a log of what never ran.</param>
    public async Task<int> RunAsync(RuntimeFactory createRuntime, TextWriter error)
    {
        var reading = source.Read();
        foreach (var line in source.Lines(reading))
            await error.WriteLineAsync(line);
        if (!reading.IsGood)
            return reading.IsUnreadable ? ExitCode.Usage : ExitCode.Fault;
        var runtime = createRuntime(log, metrics);
        var faults = await StartAsync(runtime, reading.Snapshot!);
        foreach (var fault in faults)
            await error.WriteLineAsync(fault);
        if (!faults.IsEmpty)
            return ExitCode.Fault;
        Started?.Invoke(runtime);
        await foreach (var signal in signals.ReadAllAsync())
        {
            if (signal == Signal.Stop)
                break;
            await ReloadAsync(runtime);
        }
        return await DrainAsync(runtime);
    }

    private async Task<ImmutableArray<string>> StartAsync(IProxyRuntime runtime, ProxySnapshot snapshot)
    {
        log.Format = snapshot.Admin.LogFormat;
        runtime.Tokens.Report = Tell;
        (_vault, var vaultFault) = VaultHost.Open(snapshot.Vault, runtime.Tokens.Keys, log);
        if (vaultFault is not null)
            return [vaultFault];
        if (_vault is not null)
        {
            runtime.Tokens.Use(
                _vault.Identities, _vault.Identities.Sessions, _vault.Vault.AccountId, _vault.Vault.Region);
            runtime.Tokens.Judged = _vault.SignIns.Add;
            runtime.Tokens.Keys.Store = () => _vault.Identities.Issuers;
        }
        _secrets = new SecretBook(_vault?.Vault, Tell);
        runtime.PasswordRefused = _secrets.Suspect;
        _snapshot = _secrets.Resolve(snapshot with { Revision = 1 });
        var faults = runtime.Start(_snapshot);
        if (faults.IsEmpty && await ListenForAdminAsync(runtime) is { } fault)
            faults = [fault];
        if (faults.IsEmpty)
            _secrets.Watch(() => RenewSecrets(runtime));
        if (!faults.IsEmpty)
        {
            await runtime.DrainAsync(TimeSpan.Zero, new CancellationToken(canceled: true));
            return faults;
        }
        Say(
            LogLevel.Info, LogEvent.Started,
            $"Sento {SentoCommand.Version} serves, process {Environment.ProcessId}.");
        foreach (var proxy in snapshot.Proxies)
        {
            foreach (var endpoint in proxy.Endpoints)
            {
                Say(
                    LogLevel.Info, LogEvent.Listening, $"Proxy {proxy.DBProxyName}, endpoint "
                    + $"{endpoint.DBProxyEndpointName} listens on {string.Join(", ", endpoint.Listen)}.");
            }
        }
        return faults;
    }

    private async Task ReloadAsync(IProxyRuntime runtime)
    {
        var reading = source.Read();
        if (!reading.IsGood)
        {
            metrics.ReloadsRefused++;
            foreach (var line in source.Lines(reading))
                Say(LogLevel.Error, LogEvent.ConfigurationRefused, line);
            Say(
                LogLevel.Error, LogEvent.ConfigurationRefused,
                $"{source.Name} has faults; revision {_snapshot.Revision} stays in force.");
            return;
        }
        var before = _snapshot;
        var after = _secrets!.Resolve(reading.Snapshot! with { Revision = _snapshot.Revision + 1 });
        var changes = SnapshotDiff.Describe(before, after);
        if (changes.IsEmpty)
        {
            Say(
                LogLevel.Info, LogEvent.ConfigurationApplied,
                $"{source.Name} was read again; nothing changed.");
            return;
        }
        foreach (var change in changes)
            Say(LogLevel.Info, LogEvent.ConfigurationApplied, change);
        log.Format = after.Admin.LogFormat;
        _vault?.Apply(after.Vault);
        if (before.Vault.Folder != after.Vault.Folder || before.Vault.KeyRing != after.Vault.KeyRing)
        {
            Say(
                LogLevel.Warn, LogEvent.Note,
                "Vault.Folder and Vault.KeyRing are looked at when the process starts: restart it to use "
                + "another vault.");
        }
        foreach (var fault in Apply(runtime, after))
            Say(LogLevel.Error, LogEvent.ConfigurationRefused, fault);
        if (before.Admin.Listen != after.Admin.Listen && await ListenForAdminAsync(runtime) is { } adminFault)
            Say(LogLevel.Error, LogEvent.ConfigurationRefused, adminFault);
        metrics.ReloadsApplied++;
        var unchanged = after.Proxies.Count(
            now => before.Proxies.Any(old => old.DBProxyName == now.DBProxyName && old.IsSame(now)));
        Say(
            LogLevel.Info, LogEvent.ConfigurationApplied,
            $"{after.Proxies.Length - unchanged} proxy changed, {unchanged} unchanged.");
        Say(LogLevel.Info, LogEvent.ConfigurationApplied, $"Revision {after.Revision} is in force.");
    }

    /// <summary>Of a reload and of a changed secret, one at a time.</summary>
    private ImmutableArray<string> Apply(IProxyRuntime runtime, ProxySnapshot snapshot)
    {
        lock (_applying)
        {
            _snapshot = snapshot;
            return runtime.Apply(snapshot);
        }
    }

    /// <summary>A secret has changed: the proxies are told, and know it when this returns.</summary>
    private void RenewSecrets(IProxyRuntime runtime)
    {
        lock (_applying)
        {
            var after = _secrets!.Resolve(_snapshot);
            if (_isDraining || ReferenceEquals(after, _snapshot))
                return;
            _snapshot = after with { Revision = _snapshot.Revision + 1 };
            foreach (var fault in runtime.Apply(_snapshot))
                Say(LogLevel.Error, LogEvent.ConfigurationRefused, fault);
        }
    }

    private void Tell(string text) => Say(LogLevel.Warn, LogEvent.Note, text);

    /// <summary>
    /// Opens the administration listener where it is wanted now, and closes the one before.
    /// </summary>
    private async Task<string?> ListenForAdminAsync(IProxyRuntime runtime)
    {
        if (_admin is not null)
            await _admin.DisposeAsync();
        _admin = null;
        if (_snapshot.Admin.Listen is not { } text)
            return null;
        var pages = new AdminPages(runtime.View, () => metrics.ToPrometheus(log));
        (_admin, var fault) = await AdminListener.OpenAsync(text, pages, ApiFor(text));
        if (_admin is not null)
            Say(LogLevel.Info, LogEvent.Listening, $"Administration listens on {_admin.Address}.");
        return fault;
    }

    /// <summary>
    /// The API carries secrets in clear: it stays on this machine unless something in front of it speaks TLS.
    /// </summary>
    private AwsApi? ApiFor(string address)
    {
        if (_vault is null)
            return null;
        if (ListenAddress.TryParse(address, out var where) && where.IsLocal)
            return _vault.Api;
        Say(
            LogLevel.Warn, LogEvent.Note,
            $"The AWS API is not served on {address}, where others could listen in: Admin.Listen on "
            + "loopback or a "
            + $"Unix socket serves it.");
        return null;
    }

    private async Task<int> DrainAsync(IProxyRuntime runtime)
    {
        lock (_applying)
            _isDraining = true;
        var deadline = _snapshot.Proxies.Max(proxy => proxy.DrainTimeout);
        Say(
            LogLevel.Info, LogEvent.Draining,
            $"Draining: no new clients, {DurationText.Show(deadline)} for open transactions. A second "
            + $"signal ends "
            + "them at once.");
        using var atOnce = new CancellationTokenSource();
        var drain = runtime.DrainAsync(deadline, atOnce.Token);
        var second = WaitForStopAsync();
        if (await Task.WhenAny(drain, second) == second)
            await atOnce.CancelAsync();
        var ended = await Task.WhenAny(drain, Task.Delay(deadline + GoodbyePatience));
        if (_admin is not null)
            await _admin.DisposeAsync();
        _secrets?.Dispose();
        runtime.Tokens.Dispose();
        _vault?.Dispose();
        if (ended != drain)
        {
            Say(LogLevel.Error, LogEvent.Stopped, "Stopped without an end of the drain.");
            return ExitCode.Fault;
        }
        var cut = await drain;
        Say(
            cut == 0 ? LogLevel.Info : LogLevel.Warn, LogEvent.Stopped,
            $"Stopped. {cut} clients were ended inside a transaction.");
        return ExitCode.Good;
    }

    private async Task WaitForStopAsync()
    {
        await foreach (var signal in signals.ReadAllAsync())
        {
            if (signal == Signal.Stop)
                return;
        }
        await Task.Delay(Timeout.Infinite);
    }

    private void Say(LogLevel level, LogEvent what, string message) =>
        log.Write(level, what, LogScope.Process, message);
}
