using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.ProxyConfig>;

namespace Sento.Model;

/// <summary>AWS::RDS::DBProxy, property by property.</summary>
public static class ProxyProperties
{
    /// <summary>A proxy of which nothing is said yet.</summary>
    public static readonly ProxyConfig Blank = new()
    {
        DBProxyName = "",
        EngineFamily = EngineFamily.PostgreSql,
        TargetGroup = TargetGroupProperties.Blank,
    };

    public static readonly ImmutableArray<Property<ProxyConfig>> All =
    [
        Text(
            "DBProxyName", Rds, p => p.DBProxyName, (p, v) => p with { DBProxyName = v },
            "The proxy's name, in logs, metrics and errors.", range: ResourceName.Range,
            check: ResourceName.Check,
            isRequired: true),
        Choice(
            "EngineFamily", Rds, [("POSTGRESQL", EngineFamily.PostgreSql), ("MYSQL", EngineFamily.MySql)],
            p => p.EngineFamily, (p, v) => p with { EngineFamily = v },
            "The protocol that clients and targets speak.", isRequired: true),
        Switch(
            "RequireTLS", Rds, p => p.RequireTLS, (p, v) => p with { RequireTLS = v },
            "Refuse clients without TLS."),
        Seconds(
            "IdleClientTimeout", 1, 28_800, p => p.IdleClientTimeout,
            (p, v) => p with { IdleClientTimeout = v },
            "A client that sent nothing for this long is disconnected."),
        Switch(
            "DebugLogging", Rds, p => p.DebugLogging, (p, v) => p with { DebugLogging = v },
            "Log SQL text too. Text may hold personal data and passwords: only for a short time."),
        Section("Auth", Rds, "Who may sign in: one entry for each secret.", isList: true),
        Choice(
            "DefaultAuthScheme", Rds,
            [("NONE", DefaultAuthScheme.None), ("IAM_AUTH", DefaultAuthScheme.IamAuth)],
            p => p.DefaultAuthScheme, (p, v) => p with { DefaultAuthScheme = v },
            "How the proxy signs in to targets as users whom no entry of Auth names: NONE, not at all; "
            + "IAM_AUTH, with tokens of RDS by AWS's credentials of ours. Such users' clients must send "
            + "tokens too."),
        Text(
            "RoleArn", Rds, p => p.RoleArn, (p, v) => p with { RoleArn = v },
            "With IAM_AUTH, the role that is assumed to sign in to targets; left out: none. It has no effect "
            + "otherwise: secrets are read with Vault.AwsRoleArn.",
            range: "arn:PARTITION:iam::ACCOUNT:role/NAME"),
        Text(
            "ProbeUser", Own, p => p.ProbeUser, (p, v) => p with { ProbeUser = v },
            "With IAM_AUTH, the database user with whose token targets are asked what they are while no "
            + "client is there. MYSQL needs it where Auth has no entry.",
            range: "1 to 128 characters", check: v => v.Length is > 0 and <= 128
                ? null : "is not 1 to 128 characters long"),
        Section(
            "Endpoints", Own, "AWS::RDS::DBProxyEndpoint: where clients connect.", isList: true,
            isRequired: true),
        Section(
            "TargetGroup", Own, "AWS::RDS::DBProxyTargetGroup: the databases and the pool.",
            isRequired: true),
        Duration(
            "SignInTimeout", "1s", "10m", p => p.SignInTimeout, (p, v) => p with { SignInTimeout = v },
            "Time a client has from its first byte until it is signed in."),
        Duration(
            "TransactionTimeout", "10ms", "7d", p => p.TransactionTimeout,
            (p, v) => p with { TransactionTimeout = v },
            "A transaction that is open for longer is rolled back and its client disconnected.", "no bound"),
        Duration(
            "IdleInTransactionTimeout", "10ms", "7d", p => p.IdleInTransactionTimeout,
            (p, v) => p with { IdleInTransactionTimeout = v },
            "A client that is silent inside a transaction for longer is disconnected.", "no bound"),
        Duration(
            "LostClientTimeout", "10s", "1h", p => p.LostClientTimeout,
            (p, v) => p with { LostClientTimeout = v },
            "A client that holds a server connection, in a transaction or pinned, and whose machine answers "
            + "nothing for this long is disconnected. One that holds none may sleep until "
            + "IdleClientTimeout, as functions do.", "no bound but the system's own"),
        Text(
            "ResourceId", Own, p => p.ResourceId, (p, v) => p with { ResourceId = v },
            "What policies call this proxy in dbuser:ResourceId/USER; left out: prx- and DBProxyName.",
            range: "1 to 64 letters, digits and hyphens",
            check: v => v.Length is > 0 and <= 64 && v.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
                ? null
                : $"\"{v}\" is not a resource's id; allowed: 1 to 64 letters, digits and hyphens"),
        Whole(
            "TokenSignInsPerSecond", Own, 1, 1_000_000, p => p.TokenSignInsPerSecond,
            (p, v) => p with { TokenSignInsPerSecond = v },
            "Sign-ins with tokens that one principal may make in a second; more are refused.", "no bound"),
        Switch(
            "ShowPrincipal", Own, p => p.ShowPrincipal, (p, v) => p with { ShowPrincipal = v },
            "Whose token a client has sent stands in the database's own views: before its application_name, "
                + "or (MYSQL) as the connection attribute principal, so that no two share connections."),
        Whole(
            "MaxClientConnections", Own, 1, 1_000_000, p => p.MaxClientConnections,
            (p, v) => p with { MaxClientConnections = v },
            "Clients of the whole proxy; more are refused.", "no bound but the process's descriptors"),
        Whole(
            "MaxClientConnectionsPerUser", Own, 1, 1_000_000, p => p.MaxClientConnectionsPerUser,
            (p, v) => p with { MaxClientConnectionsPerUser = v }, "Clients of one user; more are refused.",
            "no bound"),
        Duration(
            "DrainTimeout", "100ms", "1h", p => p.DrainTimeout, (p, v) => p with { DrainTimeout = v },
            "Time that a shutdown waits for open transactions.", "end them at once"),
        Choice(
            "PinningRules", Own, [("Sento", PinningRules.Sento), ("RDS", PinningRules.Rds)],
            p => p.PinningRules,
            (p, v) => p with { PinningRules = v },
            "Sento pins only what can't move. RDS pins what RDS Proxy documents, until the client "
            + "disconnects: to see what production will do."),
        Section(
            "Certificate", Own,
            "What TLS clients are shown; left out: self-signed, made at the first start."),
        Text(
            "ClientCertificateAuthorities", Own, p => p.ClientCertificateAuthorities,
            (p, v) => p with { ClientCertificateAuthorities = v },
            "PEM file of the authorities that may sign client certificates; left out: none are asked for.",
            type: "file", isFile: true),
        Section("AuthQuery", Own, "Look roles without a secret up in the target."),
        Unused("VpcSubnetIds", "Listen says where clients connect."),
        Unused("VpcSecurityGroupIds", "Use the machine's firewall."),
        Unused("EndpointNetworkType", "Listen says it."),
        Unused("TargetConnectionNetworkType", "The target's address says it."),
        Unused("Tags", "Nothing here reads tags."),
    ];
}

/// <summary>Certificate and ClientCertificate, property by property.</summary>
public static class CertificateProperties
{
    public static readonly CertificateConfig Blank = new("", "");

    public static readonly ImmutableArray<Property<CertificateConfig>> All =
    [
        Properties<CertificateConfig>.Text(
            "CertificateFile", Own, c => c.CertificateFile, (c, v) => c with { CertificateFile = v },
            "PEM file with the certificate and its chain. Read again when it changes.", type: "file",
            isRequired: true,
            isFile: true),
        Properties<CertificateConfig>.Text(
            "PrivateKeyFile", Own, c => c.PrivateKeyFile, (c, v) => c with { PrivateKeyFile = v },
            "PEM file with its private key.", type: "file", isRequired: true, isFile: true),
    ];
}
