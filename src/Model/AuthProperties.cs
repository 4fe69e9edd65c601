using System.Collections.Immutable;
using Sento.Base;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.AuthConfig>;

namespace Sento.Model;

/// <summary>An entry of Auth, property by property.</summary>
public static class AuthProperties
{
    public static readonly AuthConfig Blank = new()
    {
        SecretArn = "",
        Secret = new SecretConfig("", "", new SecretBytes([])),
    };

    public static readonly ImmutableArray<Property<AuthConfig>> All =
    [
        Text(
            "SecretArn", Rds, a => a.SecretArn, (a, v) => a with { SecretArn = v },
            "The entry of Secrets that holds the user's name and password.", type: "name of a secret",
            isRequired: true),
        Choice(
            "ClientPasswordAuthType", Rds,
            [
                ("POSTGRES_SCRAM_SHA_256", ClientPasswordAuthType.PostgresScramSha256),
                ("POSTGRES_MD5", ClientPasswordAuthType.PostgresMd5),
                ("MYSQL_CACHING_SHA2_PASSWORD", ClientPasswordAuthType.MySqlCachingSha2Password),
                ("MYSQL_NATIVE_PASSWORD", ClientPasswordAuthType.MySqlNativePassword),
                ("MARIADB_ED25519", ClientPasswordAuthType.MariaDbEd25519),
                ("MARIADB_PARSEC", ClientPasswordAuthType.MariaDbParsec),
                ("PASSWORD", ClientPasswordAuthType.Password),
                ("CERTIFICATE", ClientPasswordAuthType.Certificate),
                ("TRUST", ClientPasswordAuthType.Trust),
            ],
            a => a.ClientPasswordAuthType, (a, v) => a with { ClientPasswordAuthType = v },
            "How clients prove who they are. Sento's own: PASSWORD (clear text, over TLS only), "
            + "CERTIFICATE (a client certificate whose common name is the user) and TRUST (no proof; "
            + "loopback and Unix sockets only)."),
        Choice(
            "IAMAuth", Rds,
            [("DISABLED", IamAuth.Disabled), ("ENABLED", IamAuth.Enabled), ("REQUIRED", IamAuth.Required)],
            a => a.IAMAuth, (a, v) => a with { IAMAuth = v },
            "Whether clients may (ENABLED) or must (REQUIRED) send an IAM token as their password, over TLS. "
            + "Over TLS they are then asked for a password in clear text."),
        Text(
            "Description", Rds, a => a.Description, (a, v) => a with { Description = v }, "For people.",
            range: "at most 1000 characters",
            check: v => v.Length <= 1000 ? null : "is longer than 1000 characters"),
        Unused("AuthScheme", "SECRETS is the only one."),
        Unused("UserName", "The secret says it."),
    ];
}

/// <summary>AuthQuery, property by property.</summary>
public static class AuthQueryProperties
{
    public static readonly AuthQueryConfig Blank = new("", "", null)
    {
        Secret = AuthProperties.Blank.Secret,
    };

    public static readonly ImmutableArray<Property<AuthQueryConfig>> All =
    [
        Properties<AuthQueryConfig>.Text(
            "SecretArn", Own, a => a.SecretArn, (a, v) => a with { SecretArn = v },
            "The entry of Secrets with the privileged user that looks roles up. No client may sign in with "
            + "it unless Auth names it too.", type: "name of a secret", isRequired: true),
        Properties<AuthQueryConfig>.Text(
            "Database", Own, a => a.Database, (a, v) => a with { Database = v },
            "The database that the look-up runs in. Left out: postgres; with MYSQL none."),
        Properties<AuthQueryConfig>.Text(
            "Query", Own, a => a.Query, (a, v) => a with { Query = v },
            "One parameter, the role's name; two columns, name and verifier. With MYSQL three, name, plugin "
            + "and authentication string, and the account's host as a fourth where a name has several. Left "
            + "out: over pg_authid, mysql.user or mysql.global_priv."),
    ];
}
