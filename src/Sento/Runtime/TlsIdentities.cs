using Sento.Model;
using Sento.Transport.Tls;

namespace Sento.Host.Runtime;

/// <summary>The certificates of one proxy: its own towards clients, and how it dials its targets.</summary>
internal sealed class TlsIdentities
{
    private readonly Dictionary<TargetConfig, TlsIdentity> _targets = [];

    public TlsIdentities(ProxyConfig config, List<string> faults)
    {
        LoadServer(config, faults);
        foreach (var target in config.TargetGroup.Targets)
            LoadTarget(config, target, faults);
    }

    /// <summary>What clients see; null: no TLS can be offered.</summary>
    public TlsIdentity? Server { get; private set; }

    public TlsIdentity? ForTarget(TargetConfig target) => _targets.GetValueOrDefault(target);

    /// <summary>Takes up files that have changed; what can't be loaded stays as it was.</summary>
    public IEnumerable<string> Reload()
    {
        foreach (var identity in _targets.Values.Append(Server))
        {
            if (identity is not null && identity.ReloadIfChanged(out var error) == TlsReload.Failed)
                yield return error ?? "a certificate could not be reloaded";
        }
    }

    private void LoadServer(ProxyConfig config, List<string> faults)
    {
        TlsServerOptions? options;
        string? error;
        if (config.Certificate is { } files)
        {
            options = new TlsServerOptions(files.CertificateFile, files.PrivateKeyFile);
        }
        else if (!SelfSignedCertificate.TryFindOrMake(StateFolder.Path, out options, out error))
        {
            faults.Add($"proxy {config.DBProxyName}: {error}");
            return;
        }
        options = options with { ClientAuthoritiesFile = config.ClientCertificateAuthorities, AlpnProtocol = AlpnOf(config) };
        if (TlsIdentity.TryLoad(options, out var identity, out error))
            Server = identity;
        else
            faults.Add($"proxy {config.DBProxyName}: TLS: {error}");
    }

    private void LoadTarget(ProxyConfig config, TargetConfig target, List<string> faults)
    {
        if (target.Tls == TargetTls.Disable)
            return;
        var options = new TlsClientOptions
        {
            Verification = target.Tls switch
            {
                TargetTls.VerifyFull => TlsVerification.Full,
                TargetTls.VerifyCa => TlsVerification.Authority,
                _ => TlsVerification.None,
            },
            AuthoritiesFile = target.AuthorityFile,
            CertificateFile = target.ClientCertificate?.CertificateFile,
            KeyFile = target.ClientCertificate?.PrivateKeyFile,
            AlpnProtocol = AlpnOf(config),
        };
        if (TlsIdentity.TryLoad(options, out var identity, out var error))
            _targets[target] = identity;
        else
            faults.Add($"proxy {config.DBProxyName}: TLS to {target.Host}: {error}");
    }

    // MySQL has no name for itself there.
    private static string? AlpnOf(ProxyConfig config) =>
        config.EngineFamily == EngineFamily.PostgreSql ? "postgresql" : null;
}
