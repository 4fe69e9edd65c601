using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.TargetConfig>;

namespace Sento.Model;

/// <summary>A target, property by property.</summary>
public static class TargetProperties
{
    public static readonly TargetConfig Blank = new() { Host = "", Port = 5432 };

    /// <summary>Where a server of this family listens unless it is told otherwise.</summary>
    public static int PortOf(EngineFamily engine) => engine == EngineFamily.MySql ? 3306 : 5432;

    public static readonly ImmutableArray<Property<TargetConfig>> All =
    [
        Text(
            "Host", Own, t => t.Host, (t, v) => t with { Host = v },
            "Host name, address, or the folder of the server's Unix socket (MYSQL: the socket itself).",
                isRequired: true,
            check: v => v.Length > 0 && !v.Any(char.IsWhiteSpace) ? null : $"\"{v}\" is not a host"),
        Whole("Port", Own, 1, 65_535, t =>
            t.Port, (t, v) => t with { Port = v }, "The server's port; with MYSQL 3306 if left out."),
        Text(
            "DefaultDatabase", Own, t => t.DefaultDatabase, (t, v) => t with { DefaultDatabase = v },
            "Database of clients that name none; left out: as directly, that named as the user (MYSQL: "
                + "none)."),
        Choice(
            "Tls", Own,
            [
                ("disable", TargetTls.Disable), ("allow", TargetTls.Allow), ("prefer", TargetTls.Prefer),
                ("require", TargetTls.Require), ("verify-ca", TargetTls.VerifyCa),
                ("verify-full", TargetTls.VerifyFull),
            ],
            t => t.Tls, (t, v) => t with { Tls = v }, "As libpq's sslmode."),
        Text(
            "AuthorityFile", Own, t => t.AuthorityFile, (t, v) => t with { AuthorityFile = v },
            "PEM file of the authorities that verify-ca and verify-full trust; left out: the system's.",
            type: "file",
            isFile: true),
        Text(
            "Region", Own, t => t.Region, (t, v) => t with { Region = v },
            "The region that tokens for it are made for, with DefaultAuthScheme IAM_AUTH; left out: the one "
                + "in its host's name, else AWS_REGION.", range: "as eu-central-1",
            check: IdentityProperties.CheckRegion),
        Section("ClientCertificate", Own, "What the proxy shows the target."),
    ];
}
