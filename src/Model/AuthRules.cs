using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Who may sign in, and whether that is safe.</summary>
internal static class AuthRules
{
    public static void Check(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        CheckScheme(proxy, path, faults);
        if (proxy.Auth.IsEmpty && proxy.AuthQuery is null
            && proxy.DefaultAuthScheme == DefaultAuthScheme.None)
            faults.Add(
                new Fault($"{path}.Auth", "nobody can sign in: there is neither an entry nor an AuthQuery"));
        for (var i = 0; i < proxy.Auth.Length; i++)
            CheckEntry(proxy, proxy.Auth[i], $"{path}.Auth[{i}]", faults);
        CheckUsers(proxy, path, faults);
        IdentityRules.CheckHosts(proxy, path, faults);
        if (proxy.AuthQuery is not { } query)
            return;
        SnapshotValidator.CheckProperties(AuthQueryProperties.All, query, $"{path}.AuthQuery", faults);
        CheckSecret(
            query.SecretArn, query.Secret, needsPassword: true, $"{path}.AuthQuery.SecretArn", faults);
    }

    private static void CheckScheme(
        ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        if (proxy.DefaultAuthScheme == DefaultAuthScheme.None)
        {
            if (proxy.RoleArn is not null)
                faults.Add(Fault.Note($"{path}.RoleArn", "has no effect without DefaultAuthScheme IAM_AUTH"));
            return;
        }
        if (proxy.RoleArn is { } role && VaultProperties.CheckRole(role) is { } fault)
            faults.Add(new Fault($"{path}.RoleArn", fault));
        if (proxy.AuthQuery is not null)
            faults.Add(new Fault(
                $"{path}.AuthQuery", "can't be asked: with IAM_AUTH whoever has no entry in Auth signs in by "
                + "a token"));
        if (proxy.EngineFamily == EngineFamily.MySql && proxy.Auth.IsEmpty && proxy.ProbeUser is null)
            faults.Add(new Fault(
                $"{path}.ProbeUser",
                "is missing: a server is asked what it is before a client says who it is"));
        for (var i = 0; i < proxy.TargetGroup.Targets.Length; i++)
        {
            var (tls, at) = (proxy.TargetGroup.Targets[i].Tls, $"{path}.TargetGroup.Targets[{i}].Tls");
            if (tls is not (TargetTls.Require or TargetTls.VerifyCa or TargetTls.VerifyFull))
                faults.Add(new Fault(
                    at, "tokens of IAM_AUTH go in clear text: allowed: require, verify-ca, verify-full"));
            else if (tls == TargetTls.Require)
                faults.Add(Fault.Note(
                    at, "require sends tokens to whoever answers there; verify-full knows who does"));
        }
    }

    private static void CheckEntry(
        ProxyConfig proxy, AuthConfig auth, string path, ImmutableArray<Fault>.Builder faults)
    {
        SnapshotValidator.CheckProperties(AuthProperties.All, auth, path, faults);
        var type = auth.ClientPasswordAuthType;
        CheckFamily(proxy, type, path, faults);
        if (auth.IAMAuth != IamAuth.Disabled
            && type is ClientPasswordAuthType.Certificate or ClientPasswordAuthType.Trust)
        {
            faults.Add(new Fault(
                $"{path}.IAMAuth",
                "a token is a password: CERTIFICATE and TRUST ask for none; allowed: DISABLED"));
        }
        CheckSecret(auth.SecretArn, auth.Secret, auth.NeedsPassword, $"{path}.SecretArn", faults);
        var typePath = $"{path}.ClientPasswordAuthType";
        if (type == ClientPasswordAuthType.Trust && Exposed(proxy) is { } listen)
        {
            faults.Add(new Fault(
                typePath,
                $"TRUST would let anybody in at {listen}; allowed: where all endpoints listen on loopback or "
                + "Unix sockets"));
        }
        if (type == ClientPasswordAuthType.Certificate && proxy.ClientCertificateAuthorities is null)
            faults.Add(new Fault(typePath, "CERTIFICATE needs ClientCertificateAuthorities"));
        if (type == ClientPasswordAuthType.Password && !proxy.RequireTLS)
            faults.Add(
                Fault.Note(typePath, "PASSWORD refuses clients without TLS, though RequireTLS is false"));
    }

    private static void CheckFamily(
        ProxyConfig proxy, ClientPasswordAuthType type, string path, ImmutableArray<Fault>.Builder faults)
    {
        var isOfMySql = type is ClientPasswordAuthType.MySqlCachingSha2Password
            or ClientPasswordAuthType.MySqlNativePassword or ClientPasswordAuthType.MariaDbEd25519
            or ClientPasswordAuthType.MariaDbParsec;
        if (isOfMySql && proxy.EngineFamily != EngineFamily.MySql)
            faults.Add(new Fault($"{path}.ClientPasswordAuthType", "is for EngineFamily MYSQL only"));
        // POSTGRES_SCRAM_SHA_256 is what stands there when nothing does: then the client chooses.
        var isOfPostgres = type is ClientPasswordAuthType.PostgresMd5 or ClientPasswordAuthType.Trust;
        if (isOfPostgres && proxy.EngineFamily == EngineFamily.MySql)
            faults.Add(new Fault($"{path}.ClientPasswordAuthType", "is not served with EngineFamily MYSQL"));
    }

    private static void CheckSecret(
        string name, SecretConfig secret, bool needsPassword, string path,
        ImmutableArray<Fault>.Builder faults)
    {
        // What is read elsewhere is looked at when it is there.
        if (name.Length == 0 || secret.IsExternal)
            return;
        if (secret.UserName.Length == 0)
            faults.Add(new Fault(path, $"secret \"{name}\" has no username"));
        if (needsPassword && secret.Password.Length == 0)
            faults.Add(new Fault(path, $"secret \"{name}\" has no password"));
    }

    private static void CheckUsers(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < proxy.Auth.Length; i++)
        {
            var (arn, user) = (proxy.Auth[i].SecretArn, proxy.Auth[i].Secret.UserName);
            if (user.Length > 0 && !seen.TryAdd(user, arn))
            {
                faults.Add(new Fault(
                    $"{path}.Auth[{i}].SecretArn",
                    $"user \"{user}\" of secret \"{arn}\" already has an entry, by secret \"{seen[user]}\""));
            }
        }
    }

    private static string? Exposed(ProxyConfig proxy) => proxy.Endpoints
        .SelectMany(endpoint => endpoint.Listen)
        .FirstOrDefault(text => ListenAddress.TryParse(text, out var address) && !address.IsLocal);
}
