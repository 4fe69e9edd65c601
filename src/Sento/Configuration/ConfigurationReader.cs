using System.Collections.Immutable;
using Sento.Host.Vaults;
using Sento.Model;
using YamlDotNet.Core;

namespace Sento.Host.Configuration;

/// <summary>Reads sento.yaml into a snapshot and says everything that is wrong with it at once.</summary>
/// <remarks>
/// One instance reads one text. Values are read by the tables of the model; what spans several of them is
/// left to <see cref="SnapshotValidator"/>, whose faults are placed by the paths that were passed on the way.
/// </remarks>
internal sealed class ConfigurationReader
{
    private const int PortLeftOut = 0;
    private readonly Findings _findings = new();
    private readonly SectionReader _sections;
    private bool _hasVault;
    private ImmutableDictionary<string, SecretConfig?> _secrets = ImmutableDictionary<string,
    SecretConfig?>.Empty;

    private ConfigurationReader(string folder) => _sections = new SectionReader(_findings, folder);

    /// <param name="folder">What relative paths in the text are relative to.</param>
    public static ConfigurationReading Read(TextReader text, string folder)
    {
        var reader = new ConfigurationReader(folder);
        ProxySnapshot? snapshot = null;
        try
        {
            if (YamlTree.Read(text) is { } root)
                snapshot = reader.ReadRoot(root);
            else
                reader._findings.AddFault("", new TextPosition(1, 1), "the file is empty");
        }
        catch (YamlException error)
        {
            var at = new TextPosition((int)error.Start.Line, (int)error.Start.Column);
            reader._findings.AddFault("", at, $"not YAML: {error.Message}");
        }
        if (snapshot is not null)
        {
            foreach (var fault in SnapshotValidator.Validate(snapshot))
                reader._findings.Add(fault);
        }
        return new ConfigurationReading(snapshot, reader._findings.All);
    }

    private ProxySnapshot ReadRoot(YamlNode root)
    {
        // Secrets may stand after the proxies that name them.
        if (root is YamlMapping mapping)
        {
            _hasVault = mapping.Entries.Any(entry => entry.Key.Text == "Vault")
                || VaultPlace.Of(VaultProperties.Blank).Exists;
            var section = mapping.Entries.FirstOrDefault(entry => entry.Key.Text == "Secrets");
            if (section.Value is not null)
                _secrets = new SecretsReader(_sections).Read(section.Value, "Secrets");
        }
        return _sections.Read(
            root, "", SnapshotProperties.All, ProxySnapshot.Empty,
            (snapshot, name, node, path) => name switch
            {
                "Proxies" => snapshot with { Proxies = _sections.ReadList(node, path, ReadProxy) },
                "Admin" => snapshot with { Admin = ReadAdmin(snapshot.Admin, node, path) },
                "Identities" => snapshot with
                {
                    Identities = new IdentitiesReader(_sections).Read(node, path),
                },
                "Vault" => snapshot with
                {
                    Vault = new VaultReader(_sections).Read(node, path, snapshot.Vault),
                },
                _ => snapshot,
            });
    }

    private AdminConfig ReadAdmin(AdminConfig before, YamlNode node, string path) =>
        _sections.Read(node, path, AdminProperties.All, before);

    private ProxyConfig ReadProxy(YamlNode node, string path)
    {
        var proxy = _sections.Read(
            node, path, ProxyProperties.All, ProxyProperties.Blank,
            (proxy, name, part, at) => name switch
            {
                "Auth" => proxy with { Auth = _sections.ReadList(part, at, ReadAuth) },
                "Endpoints" => proxy with { Endpoints = _sections.ReadList(part, at, ReadEndpoint) },
                "TargetGroup" => proxy with { TargetGroup = ReadTargetGroup(part, at) },
                "Certificate" => proxy with { Certificate = ReadCertificate(part, at) },
                "AuthQuery" => proxy with { AuthQuery = ReadAuthQuery(part, at) },
                _ => proxy,
            });
        var port = TargetProperties.PortOf(proxy.EngineFamily);
        var targets = proxy.TargetGroup.Targets.Select(t =>
            t.Port == PortLeftOut ? t with { Port = port } : t);
        return proxy with { TargetGroup = proxy.TargetGroup with { Targets = [.. targets] } };
    }

    private AuthConfig ReadAuth(YamlNode node, string path)
    {
        var auth = _sections.Read(node, path, AuthProperties.All, AuthProperties.Blank);
        return auth with { Secret = SecretOf(auth.SecretArn, path, auth.Secret) };
    }

    private AuthQueryConfig ReadAuthQuery(YamlNode node, string path)
    {
        var query = _sections.Read(node, path, AuthQueryProperties.All, AuthQueryProperties.Blank);
        return query with { Secret = SecretOf(query.SecretArn, path, query.Secret) };
    }

    private SecretConfig SecretOf(string name, string path, SecretConfig blank)
    {
        if (name.Length == 0)
            return blank;
        var place = SectionReader.Join(path, "SecretArn");
        if (!_secrets.TryGetValue(name, out var secret) && (_hasVault || SecretSources.HasPrefix(name)))
            return new SecretConfig(name, "", blank.Password) { IsExternal = true };
        if (!_secrets.ContainsKey(name))
            _findings.AddFault(
                place,
                $"Secrets has no entry \"{name}\"{Suggestion.For(name, _secrets.Keys)}");
        else if (secret is null)
            _findings.Excuse(place);
        return secret ?? blank;
    }

    private EndpointConfig ReadEndpoint(YamlNode node, string path) =>
        _sections.Read(node, path, EndpointProperties.All, EndpointProperties.Blank);

    private TargetGroupConfig ReadTargetGroup(YamlNode node, string path) =>
        _sections.Read(
            node, path, TargetGroupProperties.All, TargetGroupProperties.Blank,
            (group, name, part, at) => name switch
            {
                "Targets" => group with { Targets = _sections.ReadList(part, at, ReadTarget) },
                "ConnectionPoolConfigurationInfo" => group with
                {
                    ConnectionPoolConfigurationInfo =
                        _sections.Read(part, at, PoolProperties.All, PoolProperties.Blank),
                },
                _ => group,
            });

    private TargetConfig ReadTarget(YamlNode node, string path) =>
        _sections.Read(
            node, path, TargetProperties.All, TargetProperties.Blank with { Port = PortLeftOut },
            (target, name, part, at) => name switch
            {
                "ClientCertificate" => target with { ClientCertificate = ReadCertificate(part, at) },
                _ => target,
            });

    private CertificateConfig ReadCertificate(YamlNode node, string path) =>
        _sections.Read(node, path, CertificateProperties.All, CertificateProperties.Blank);
}

/// <summary>What a text said, and what is wrong with it.</summary>
/// <param name="Snapshot">Null, or not to be used, when there is a fault.</param>
/// <param name="Findings">Faults and notes by their places.</param>
internal sealed record ConfigurationReading(ProxySnapshot? Snapshot, ImmutableArray<Finding> Findings)
{
    /// <summary>There was no text to read at all.</summary>
    public bool IsUnreadable { get; init; }

    public bool IsGood =>
        Snapshot is not null && !Findings.Any(found => found.Fault.Severity == FaultSeverity.Fault);
}
