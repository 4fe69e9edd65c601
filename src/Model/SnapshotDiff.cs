using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Says in words what changed from one snapshot to the next; never a secret.</summary>
public static class SnapshotDiff
{
    /// <returns>
    /// One sentence for each change, in the order of the configuration; empty: nothing changed.
    /// </returns>
    public static ImmutableArray<string> Describe(ProxySnapshot before, ProxySnapshot after)
    {
        var changes = ImmutableArray.CreateBuilder<string>();
        Pair(before.Proxies, after.Proxies, proxy => proxy.DBProxyName, "Proxy", "", changes, CompareProxies);
        Compare(AdminProperties.All, before.Admin, after.Admin, "Admin", changes);
        Compare(VaultProperties.All, before.Vault, after.Vault, "Vault", changes);
        Pair(
            before.Vault.Replicas, after.Vault.Replicas, replica => replica.Region, "Replica", "Vault",
            changes,
            (a, b, at, into) =>
            {
                if (a != b)
                    into.Add($"{at}: changed");
            });
        Compare(SnapshotProperties.All, before, after, "", changes);
        CompareIdentities(before.Identities, after.Identities, changes);
        return changes.ToImmutable();
    }

    private static void CompareIdentities(
        IdentitiesConfig before, IdentitiesConfig after, ImmutableArray<string>.Builder changes)
    {
        Compare(IdentityProperties.All, before, after, "Identities", changes);
        Pair(before.Users, after.Users, user => user.UserName, "User", "Identities", changes, CompareUsers);
        Pair(
            before.Issuers, after.Issuers, issuer => issuer.Issuer, "Issuer", "Identities", changes,
            (a, b, at, into) =>
            {
                if (!a.IsSame(b))
                    into.Add($"{at}: changed");
            });
        if (BothThere(before.AwsCallers, after.AwsCallers, "Identities AwsCallers", changes)
            && !before.AwsCallers!.IsSame(after.AwsCallers!))
            changes.Add("Identities AwsCallers: changed");
    }

    private static void CompareUsers(
        UserConfig before, UserConfig after, string where, ImmutableArray<string>.Builder changes)
    {
        Pair(
            before.AccessKeys, after.AccessKeys, key => key.AccessKeyId, "AccessKey", where, changes,
            (a, b, at, into) =>
            {
                if (!a.Secret.FixedTimeEquals(b.Secret.Span))
                    into.Add($"{at}: secret changed");
                if (a.IsActive != b.IsActive)
                    into.Add($"{at}: {(b.IsActive ? "active again" : "no longer active")}");
            });
        Pair(
            before.Policies, after.Policies, policy => policy.PolicyName, "Policy", where, changes,
            (a, b, at, into) =>
            {
                if (a.Document != b.Document)
                    into.Add($"{at}: document changed");
            });
        Pair(
            before.Tags, after.Tags, tag => tag.Key, "Tag", where, changes,
            (a, b, at, into) => Compare(TagProperties.All, a, b, at, into));
    }

    private static void CompareProxies(
        ProxyConfig before, ProxyConfig after, string where, ImmutableArray<string>.Builder changes)
    {
        Compare(ProxyProperties.All, before, after, where, changes);
        Pair(before.Auth, after.Auth, auth => auth.SecretArn, "Auth", where, changes, CompareAuth);
        Pair(
            before.Endpoints, after.Endpoints, endpoint => endpoint.DBProxyEndpointName, "Endpoint", where,
            changes,
            (a, b, at, into) => Compare(EndpointProperties.All, a, b, at, into));
        Pair(
            before.TargetGroup.Targets, after.TargetGroup.Targets, target => $"{target.Host}:{target.Port}",
            "Target",
            where, changes, CompareTargets);
        Compare(
            PoolProperties.All, before.TargetGroup.ConnectionPoolConfigurationInfo,
            after.TargetGroup.ConnectionPoolConfigurationInfo, where, changes);
        CompareCertificates(before.Certificate, after.Certificate, $"{where} Certificate", changes);
        CompareAuthQueries(before.AuthQuery, after.AuthQuery, $"{where} AuthQuery", changes);
    }

    private static void CompareAuth(
        AuthConfig before, AuthConfig after, string where, ImmutableArray<string>.Builder changes)
    {
        Compare(AuthProperties.All, before, after, where, changes);
        CompareSecrets(before.Secret, after.Secret, where, changes);
    }

    private static void CompareTargets(
        TargetConfig before, TargetConfig after, string where, ImmutableArray<string>.Builder changes)
    {
        Compare(TargetProperties.All, before, after, where, changes);
        CompareCertificates(
            before.ClientCertificate, after.ClientCertificate, $"{where} ClientCertificate", changes);
    }

    private static void CompareAuthQueries(
        AuthQueryConfig? before, AuthQueryConfig? after, string where, ImmutableArray<string>.Builder changes)
    {
        if (!BothThere(before, after, where, changes))
            return;
        Compare(AuthQueryProperties.All, before!, after!, where, changes);
        CompareSecrets(before!.Secret, after!.Secret, where, changes);
    }

    private static void CompareCertificates(
        CertificateConfig? before, CertificateConfig? after, string where,
        ImmutableArray<string>.Builder changes)
    {
        if (BothThere(before, after, where, changes))
            Compare(CertificateProperties.All, before!, after!, where, changes);
    }

    private static void CompareSecrets(
        SecretConfig before, SecretConfig after, string where, ImmutableArray<string>.Builder changes)
    {
        if (before.UserName != after.UserName)
            changes.Add($"{where}: user changed from {before.UserName} to {after.UserName}");
        if (!before.Password.FixedTimeEquals(after.Password.Span))
            changes.Add($"{where}: password changed");
    }

    private static bool BothThere(
        object? before, object? after, string where, ImmutableArray<string>.Builder changes)
    {
        if (before is null && after is not null)
            changes.Add($"{where}: added");
        if (before is not null && after is null)
            changes.Add($"{where}: removed");
        return before is not null && after is not null;
    }

    private static void Compare<T>(
        ImmutableArray<Property<T>> table, T before, T after, string where,
        ImmutableArray<string>.Builder changes)
    {
        foreach (var property in table)
        {
            var (old, now) = (property.Show(before), property.Show(after));
            if (old == now)
                continue;
            var name = where.Length == 0 ? property.Name : $"{where}: {property.Name}";
            changes.Add($"{name} changed from {old ?? "(not set)"} to {now ?? "(not set)"}");
        }
    }

    /// <summary>Finds what is new, gone, and in both by its name.</summary>
    private static void Pair<T>(
        ImmutableArray<T> before, ImmutableArray<T> after, Func<T, string> nameOf, string what, string where,
        ImmutableArray<string>.Builder changes, Action<T, T, string, ImmutableArray<string>.Builder> compare)
        where T : class
    {
        var prefix = where.Length == 0 ? what : $"{where} {what}";
        foreach (var old in before)
        {
            if (!after.Any(item => nameOf(item) == nameOf(old)))
                changes.Add($"{prefix}[{nameOf(old)}]: removed");
        }
        foreach (var now in after)
        {
            var name = $"{prefix}[{nameOf(now)}]";
            if (before.FirstOrDefault(item => nameOf(item) == nameOf(now)) is { } old)
                compare(old, now, name, changes);
            else
                changes.Add($"{name}: added");
        }
    }
}
