using System.Collections.Immutable;
using System.Text;
using Sento.Host.Configuration;
using Sento.Model;

namespace Sento.Tests.Unit.Host;

/// <summary>The tables of docs/operating/configuration.md as they follow from the reader's own.</summary>
internal static class ConfigurationReference
{
    public static string Render()
    {
        var text = new StringBuilder();
        var nothing = ProxySnapshot.Empty;
        AddTable(text, "The file", SnapshotProperties.All, nothing);
        AddTable(text, "Admin", AdminProperties.All, AdminProperties.Blank);
        AddTable(text, "Vault", VaultProperties.All, VaultProperties.Blank);
        AddTable(
            text, "Replicas: each entry", VaultReader.ReplicaProperties, VaultReader.BlankReplica);
        AddTable(text, "Identities", IdentityProperties.All, IdentityProperties.Blank);
        AddTable(text, "Users: each entry", UserProperties.All, UserProperties.Blank);
        AddTable(
            text, "AccessKeys: each entry", IdentitiesReader.KeyProperties, IdentitiesReader.BlankKey);
        AddTable(
            text, "Policies: each entry", IdentitiesReader.PolicyProperties, IdentitiesReader.BlankPolicy);
        AddTable(text, "Tags: each entry", TagProperties.All, TagProperties.Blank);
        AddTable(text, "Issuers: each entry", IssuerProperties.All, IssuerProperties.Blank);
        AddTable(
            text, "Users of an issuer: each entry", ClaimedUserProperties.All, ClaimedUserProperties.Blank);
        AddTable(text, "AwsCallers", AwsCallersProperties.All, AwsCallersProperties.Blank);
        AddTable(
            text, "Users of AwsCallers: each entry", AwsCallerProperties.All, AwsCallerProperties.Blank);
        AddTable(text, "Secrets: each entry", SecretsReader.Properties, new SecretsReader.Entry("", ""));
        AddTable(text, "Proxies: each entry (AWS::RDS::DBProxy)", ProxyProperties.All, ProxyProperties.Blank);
        AddTable(text, "Auth: each entry", AuthProperties.All, AuthProperties.Blank);
        AddTable(text, "AuthQuery", AuthQueryProperties.All, AuthQueryProperties.Blank);
        AddTable(
            text, "Endpoints: each entry (AWS::RDS::DBProxyEndpoint)", EndpointProperties.All,
            EndpointProperties.Blank);
        AddTable(
            text, "TargetGroup (AWS::RDS::DBProxyTargetGroup)", TargetGroupProperties.All,
            TargetGroupProperties.Blank);
        AddTable(text, "Targets: each entry", TargetProperties.All, TargetProperties.Blank);
        AddTable(text, "ConnectionPoolConfigurationInfo", PoolProperties.All, PoolProperties.Blank);
        AddTable(
            text, "Certificate and ClientCertificate", CertificateProperties.All,
            CertificateProperties.Blank);
        return text.ToString();
    }

    private static void AddTable<T>(
        StringBuilder text, string title, ImmutableArray<Property<T>> table, T blank)
    {
        text.Append("\n### ").Append(title).Append("\n\n");
        text.Append("| Property | Whose | Type | Default | Allowed | Meaning |\n");
        text.Append("| --- | --- | --- | --- | --- | --- |\n");
        foreach (var property in table.Where(property => property.Origin != PropertyOrigin.Unused))
        {
            text.Append("| `").Append(property.Name).Append("` | ");
            text.Append(property.Origin == PropertyOrigin.Rds ? "RDS" : "Sento").Append(" | ");
            text.Append(property.Type).Append(" | ").Append(Default(property, blank)).Append(" | ");
            text.Append(property.Range).Append(" | ").Append(property.Meaning).Append(" |\n");
        }
        var unused = table.Where(property => property.Origin == PropertyOrigin.Unused).ToArray();
        if (unused.Length == 0)
            return;
        text.Append("\nAccepted with a note, without effect: ");
        text.AppendJoin(", ", unused.Select(property => $"`{property.Name}`")).Append(".\n");
    }

    private static string Default<T>(Property<T> property, T blank)
    {
        if (property.IsRequired)
            return "required";
        return property.Show(blank) is { Length: > 0 } value ? $"`{value}`" : "";
    }
}
