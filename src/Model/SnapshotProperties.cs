using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;

namespace Sento.Model;

/// <summary>The file as a whole, property by property.</summary>
public static class SnapshotProperties
{
    public static readonly ImmutableArray<Property<ProxySnapshot>> All =
    [
        Properties<ProxySnapshot>.Section("Proxies", Own, "The proxies.", isList: true, isRequired: true),
        Properties<ProxySnapshot>.Section("Secrets", Own, "User names and passwords, by name."),
        Properties<ProxySnapshot>.Section("Vault", Own, "The vault of secrets."),
        Properties<ProxySnapshot>.Section("Identities", Own, "Who may sign in with IAM tokens."),
        Properties<ProxySnapshot>.Section("Admin", Own, "The administration listener."),
        Properties<ProxySnapshot>.Choice(
            "Log", Own, [("text", LogFormat.Text), ("json", LogFormat.Json)], s => s.Admin.LogFormat,
            (s, v) => s with { Admin = s.Admin with { LogFormat = v } },
            "text: lines as RDS Proxy writes them. json: one object a line."),
    ];
}

/// <summary>Admin, property by property.</summary>
public static class AdminProperties
{
    public static readonly AdminConfig Blank = new();

    public static readonly ImmutableArray<Property<AdminConfig>> All =
    [
        Properties<AdminConfig>.Text(
            "Listen", Own, a => a.Listen, (a, v) => a with { Listen = v },
            "Where /metrics, /health, /clients, /servers and /pins are; left out: nowhere. Whoever reaches "
            + "it can read them.", type: "address", range: ListenAddress.Range, check: ListenAddress.Check),
    ];
}
