using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Sento.DataPlane;
using Sento.DataPlane.Metrics;
using Sento.DataPlane.Protocol;
using Sento.Host.Admin;
using Sento.Host.Aws;
using Sento.Host.Identities;
using Sento.Model;
using Sento.MySql;
using Sento.MySql.SignIn;
using Sento.Postgres;
using Sento.Postgres.SignIn.Scram;
using Sento.Transport;
using Sento.Transport.Tls;

namespace Sento.Host.Runtime;

/// <summary>The loops and the proxies on them; takes snapshots from the control path.</summary>
/// <remarks>
/// A proxy, with all of its targets, lives on one loop; proxies are dealt to as many loops as there are
/// cores.
/// </remarks>
internal sealed class ProxyRuntime : IProxyRuntime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>For AWS's credentials, before the first client comes.</summary>
    private static readonly TimeSpan KeyringPatience = TimeSpan.FromSeconds(5);

    private readonly Log _log;
    private readonly ProxyMetrics _metrics;
    private readonly CpuWorkers _workers = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly RsaKeyPair _rsaKey = new();
    private readonly ScramVerifierCache _verifiers = new(ScramSalts.Random());
    private readonly List<EventLoop> _loops = [];
    private readonly List<RunningProxy> _proxies = [];
    private readonly Lazy<AwsKeyring> _keyring;
    private readonly Timer _watch;
    private volatile bool _isDraining;

    public ProxyRuntime(Log log, ProxyMetrics metrics)
    {
        _log = log;
        _metrics = metrics;
        _keyring = new Lazy<AwsKeyring>(() => new AwsKeyring(
            text => _log.Write(LogLevel.Warn, LogEvent.Note, LogScope.Process, $"{text}")));
        View = new AdminView(() => [.. _proxies], () => _isDraining);
        _watch = new Timer(_ => Watch(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public IAdminView View { get; }

    public TokenAuthority Tokens { get; } = new();

    public Action<string>? PasswordRefused { get; set; }

    public ImmutableArray<string> Start(ProxySnapshot snapshot)
    {
        var faults = new List<string>();
        var count = Math.Clamp(snapshot.Proxies.Length, 1, Environment.ProcessorCount);
        var wanted = Environment.GetEnvironmentVariable(DriverChoice.Variable);
        if (DriverChoice.TryMake(wanted, count, out var error) is not { } driver)
            return [error];
        _log.Write(LogLevel.Info, LogEvent.Started, LogScope.Process, driver.Sentence);
        Tokens.Apply(snapshot.Identities);
        for (var i = 0; i < count; i++)
        {
            var loop = new EventLoop($"sento-loop-{i}", _workers, OnLoopFault, driver.Create());
            _loops.Add(loop);
            loop.Start();
        }
        foreach (var config in snapshot.Proxies)
            Add(config, faults);
        return [.. faults];
    }

    public ImmutableArray<string> Apply(ProxySnapshot snapshot)
    {
        var faults = new List<string>();
        Tokens.Apply(snapshot.Identities);
        foreach (var running in _proxies.ToArray())
        {
            if (snapshot.Proxies.FirstOrDefault(p => p.DBProxyName == running.Config.DBProxyName) is { } config
                && config.EngineFamily == running.Config.EngineFamily)
                Change(running, config, faults);
            else
                Remove(running);
        }
        foreach (var config in snapshot.Proxies)
        {
            if (_proxies.TrueForAll(p => p.Config.DBProxyName != config.DBProxyName))
                Add(config, faults);
        }
        return [.. faults];
    }

    public async Task<int> DrainAsync(TimeSpan deadline, CancellationToken atOnce)
    {
        _isDraining = true;
        var drains = _proxies.Select(p => OnLoop(p.Proxy.Loop, p.Proxy.Drain)).ToArray();
        var all = Task.WhenAll(await Task.WhenAll(drains).ConfigureAwait(false));
        var over = Task.Delay(deadline, atOnce);
        if (await Task.WhenAny(all, over).ConfigureAwait(false) != all)
        {
            foreach (var running in _proxies)
                running.Proxy.Loop.Post(running.Proxy.EndAll);
        }
        var ended = await all.ConfigureAwait(false);
        // What was said last must leave before the process does.
        await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None).ConfigureAwait(false);
        await _watch.DisposeAsync().ConfigureAwait(false);
        if (_keyring.IsValueCreated)
            _keyring.Value.Dispose();
        foreach (var loop in _loops)
            loop.Dispose();
        return ended.Sum();
    }

    private static async Task<T> OnLoop<T>(EventLoop loop, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        return await done.Task.WaitAsync(Patience).ConfigureAwait(false);
    }

    private void OnLoopFault(Exception fault) =>
        _log.Write(LogLevel.Error, LogEvent.Bug, new LogScope("", null), $"Internal error at a loop's edge: {fault.ToString()}");

    private void Add(ProxyConfig config, List<string> faults)
    {
        var loop = _loops[_proxies.Count % _loops.Count];
        var report = new ProxyReport(config, _log, _metrics)
        {
            PasswordRefused = PasswordRefused,
            SignInRefused = (session, why) =>
                Tokens.NoteRefusal(session.Proxy.Config, session.User, session.Peer.Text, why),
        };
        var identities = new TlsIdentities(config, faults);
        var proxy = new Proxy(loop, config, report, self => NewProtocol(self, config, identities, report));
        faults.AddRange(proxy.Listen());
        var running = new RunningProxy(proxy, report, identities) { Config = config };
        _proxies.Add(running);
        OnLoop(loop, () =>
        {
            proxy.Start();
            return true;
        }).GetAwaiter().GetResult();
    }

    private void Change(RunningProxy running, ProxyConfig config, List<string> faults)
    {
        if (running.Config.IsSame(config))
            return;
        var change = Prepare(config, running.Report);
        var identities = new TlsIdentities(config, faults);
        running.Config = config;
        running.Identities = identities;
        OnLoop(running.Proxy.Loop, () =>
        {
            change(running.Proxy.Protocol, identities);
            running.Report.Sessions.IsDebugOn = config.DebugLogging;
            faults.AddRange(running.Proxy.Apply(config));
            return true;
        }).GetAwaiter().GetResult();
    }

    private IProtocol NewProtocol(
        Proxy proxy, ProxyConfig config, TlsIdentities identities, ProxyReport report)
    {
        var terms = TermsOf(config, report) with
        {
            Identity = identities.Server,
            TargetIdentity = identities.ForTarget,
        };
        return config.EngineFamily == EngineFamily.MySql
            ? new MySqlProtocol(proxy)
            {
                Credentials = MySql.Credentials.From(config, _rsaKey),
                Terms = terms,
            }
            : new PostgresProtocol(proxy)
            {
                Credentials = Postgres.Credentials.From(config, _verifiers),
                Terms = terms,
            };
    }

    /// <summary>Without the certificates, whose faults are told apart.</summary>
    private ProxyTerms TermsOf(ProxyConfig config, ProxyReport report) => new()
    {
        Tokens = new TokenVerifier(Tokens, config, report.Sessions),
        TargetTokens = TargetTokensOf(config),
    };

    /// <summary>Null: the proxy signs in with secrets alone. Waits a moment for AWS's credentials.</summary>
    private RdsTokens? TargetTokensOf(ProxyConfig config) =>
        config.DefaultAuthScheme == DefaultAuthScheme.None ? null : NewTargetTokens(config);

    /// <summary>Apart, so that who signs in with secrets does not load AWS's library.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RdsTokens NewTargetTokens(ProxyConfig config)
    {
        Task.WaitAny([_keyring.Value.PrepareAsync(config.RoleArn)], KeyringPatience);
        return new RdsTokens(_keyring.Value, config.RoleArn);
    }

    /// <summary>What takes time is done here; what is returned runs on the proxy's loop.</summary>
    private Action<IProtocol, TlsIdentities> Prepare(ProxyConfig config, ProxyReport report)
    {
        var terms = TermsOf(config, report);
        Action<IProtocol> setCredentials;
        if (config.EngineFamily == EngineFamily.MySql)
        {
            var credentials = MySql.Credentials.From(config, _rsaKey);
            setCredentials = protocol => ((MySqlProtocol)protocol).Credentials = credentials;
        }
        else
        {
            var credentials = Postgres.Credentials.From(config, _verifiers);
            setCredentials = protocol => ((PostgresProtocol)protocol).Credentials = credentials;
        }
        return (protocol, identities) =>
        {
            setCredentials(protocol);
            protocol.Terms = terms with
            {
                Identity = identities.Server ?? protocol.Terms.Identity,
                TargetIdentity = identities.ForTarget,
            };
        };
    }

    /// <summary>When it returns, others may listen where this one has listened.</summary>
    private void Remove(RunningProxy running)
    {
        _proxies.Remove(running);
        OnLoop(running.Proxy.Loop, () =>
        {
            running.Proxy.Retire();
            return true;
        }).GetAwaiter().GetResult();
    }

    /// <summary>Once a second: certificates that changed, numbers that are read off.</summary>
    private void Watch()
    {
        foreach (var running in _proxies.ToArray())
        {
            foreach (var error in running.Identities.Reload())
                _log.Write(LogLevel.Warn, LogEvent.Bug, new LogScope(running.Config.DBProxyName, null), $"{error}");
            running.Proxy.Loop.Post(() => running.Report.Sample(running.Proxy));
        }
    }
}

/// <summary>A proxy and what belongs to it on the control side.</summary>
internal sealed record RunningProxy(Proxy Proxy, ProxyReport Report, TlsIdentities InitialIdentities)
{
    public required ProxyConfig Config { get; set; }

    public TlsIdentities Identities { get; set; } = InitialIdentities;
}
