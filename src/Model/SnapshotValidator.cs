using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Says everything that is wrong with a snapshot, all at once.</summary>
/// <remarks>Pure: looks at the records alone, wherever they came from, and never at files or names.</remarks>
public static class SnapshotValidator
{
    public static ImmutableArray<Fault> Validate(ProxySnapshot snapshot)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (snapshot.Proxies.IsEmpty)
            faults.Add(new Fault("Proxies", "there is no proxy; at least one is needed"));
        for (var i = 0; i < snapshot.Proxies.Length; i++)
            CheckProxy(snapshot.Proxies[i], $"Proxies[{i}]", faults);
        CheckUnique(
            snapshot.Proxies.Select((proxy, i) => (proxy.DBProxyName, $"Proxies[{i}].DBProxyName")), "proxy",
            faults);
        CheckProperties(AdminProperties.All, snapshot.Admin, "Admin", faults);
        CheckProperties(VaultProperties.All, snapshot.Vault, "Vault", faults);
        CheckUnique(
            snapshot.Vault.RotationHooks.Select((hook, i) =>
                (VaultProperties.HookOf(hook)?.Name ?? "", $"Vault.RotationHooks[{i}]")), "hook", faults);
        ReplicaRules.Check(snapshot.Vault.Replicas, faults);
        IdentityRules.Check(snapshot.Identities, faults);
        ListenRules.Check(snapshot, faults);
        return faults.ToImmutable();
    }

    /// <summary>Adds what each property's own range says.</summary>
    internal static void CheckProperties<T>(
        ImmutableArray<Property<T>> table, T record, string path, ImmutableArray<Fault>.Builder faults)
    {
        foreach (var property in table)
        {
            if (property.Check(record) is { } message)
                faults.Add(new Fault($"{path}.{property.Name}", message));
        }
    }

    /// <summary>Adds a fault for each name that stood before.</summary>
    internal static void CheckUnique(
        IEnumerable<(string Name, string Path)> names, string what, ImmutableArray<Fault>.Builder faults)
    {
        // RDS compares names without regard to case.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, path) in names)
        {
            if (name.Length > 0 && !seen.Add(name))
                faults.Add(new Fault(path, $"another {what} is already named \"{name}\""));
        }
    }

    private static void CheckProxy(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        CheckProperties(ProxyProperties.All, proxy, path, faults);
        if (proxy.Certificate is { } certificate)
            CheckProperties(CertificateProperties.All, certificate, $"{path}.Certificate", faults);
        AuthRules.Check(proxy, path, faults);
        CheckEndpoints(proxy, path, faults);
        CheckTargetGroup(proxy, $"{path}.TargetGroup", faults);
    }

    private static void CheckEndpoints(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        if (proxy.Endpoints.IsEmpty)
            faults.Add(new Fault($"{path}.Endpoints", "there is no endpoint; at least one is needed"));
        for (var i = 0; i < proxy.Endpoints.Length; i++)
        {
            var endpoint = proxy.Endpoints[i];
            CheckProperties(EndpointProperties.All, endpoint, $"{path}.Endpoints[{i}]", faults);
            if (endpoint.Listen.IsEmpty)
                faults.Add(new Fault(
                    $"{path}.Endpoints[{i}].Listen", "there is no address; at least one is needed"));
            if (endpoint.TargetRole == TargetRole.ReadOnly && proxy.TargetGroup.Targets.Length == 1)
            {
                faults.Add(Fault.Note(
                    $"{path}.Endpoints[{i}].TargetRole", "the only target takes the place of a reader"));
            }
        }
        CheckUnique(
            proxy.Endpoints.Select(
                (e, i) => (e.DBProxyEndpointName, $"{path}.Endpoints[{i}].DBProxyEndpointName")),
            "endpoint of this proxy", faults);
    }

    private static void CheckTargetGroup(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        var group = proxy.TargetGroup;
        CheckProperties(TargetGroupProperties.All, group, path, faults);
        if (group.Targets.IsEmpty)
            faults.Add(new Fault($"{path}.Targets", "there is no target; at least one is needed"));
        for (var i = 0; i < group.Targets.Length; i++)
            CheckTarget(group.Targets[i], $"{path}.Targets[{i}]", faults);
        CheckUnique(
            group.Targets.Select(
                (t, i) => (t.Host.Length == 0 ? "" : $"{t.Host}:{t.Port}", $"{path}.Targets[{i}]")),
            "target", faults);
        CheckPool(
            proxy, group.ConnectionPoolConfigurationInfo, $"{path}.ConnectionPoolConfigurationInfo", faults);
    }

    private static void CheckTarget(TargetConfig target, string path, ImmutableArray<Fault>.Builder faults)
    {
        CheckProperties(TargetProperties.All, target, path, faults);
        if (target.AuthorityFile is not null
            && target.Tls is not (TargetTls.VerifyCa or TargetTls.VerifyFull))
        {
            faults.Add(Fault.Note(
                $"{path}.AuthorityFile",
                "is used only when Tls is verify-ca or verify-full: nobody is verified now"));
        }
        if (target.ClientCertificate is not { } certificate)
            return;
        CheckProperties(CertificateProperties.All, certificate, $"{path}.ClientCertificate", faults);
        if (target.Tls == TargetTls.Disable)
            faults.Add(new Fault($"{path}.ClientCertificate", "can't be shown without TLS; Tls is disable"));
    }

    private static void CheckPool(
        ProxyConfig proxy, PoolConfig pool, string path, ImmutableArray<Fault>.Builder faults)
    {
        CheckProperties(PoolProperties.All, pool, path, faults);
        if (pool.MaxIdleConnectionsPercent is { } idle && idle <= 100 && idle > pool.MaxConnectionsPercent)
        {
            faults.Add(new Fault(
                $"{path}.MaxIdleConnectionsPercent",
                $"{idle} is out of range; allowed: 0 to MaxConnectionsPercent, "
                + $"{pool.MaxConnectionsPercent}"));
        }
        if (pool.MaxConnections > 0 && pool.MinIdle > pool.MaxConnections)
        {
            faults.Add(new Fault(
                $"{path}.MinIdle",
                $"{pool.MinIdle} is out of range; allowed: 0 to MaxConnections, {pool.MaxConnections}"));
        }
        for (var i = 0; i < pool.SessionPinningFilters.Length; i++)
        {
            var filter = pool.SessionPinningFilters[i];
            if (filter != "EXCLUDE_VARIABLE_SETS")
            {
                faults.Add(new Fault(
                    $"{path}.SessionPinningFilters[{i}]",
                    $"\"{filter}\" is not one of EXCLUDE_VARIABLE_SETS"));
            }
            else if (proxy.EngineFamily == EngineFamily.PostgreSql)
            {
                faults.Add(Fault.Note(
                    $"{path}.SessionPinningFilters[{i}]", "has no effect with POSTGRESQL, as in RDS"));
            }
            else if (proxy.PinningRules != PinningRules.Rds)
            {
                faults.Add(Fault.Note(
                    $"{path}.SessionPinningFilters[{i}]",
                    "has an effect with PinningRules RDS only: otherwise variables follow their client"));
            }
        }
    }
}
