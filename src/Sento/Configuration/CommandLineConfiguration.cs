using System.Collections.Immutable;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>What the command line says of the one proxy that it describes.</summary>
/// <param name="Url">The target, its user and password.</param>
/// <param name="Listen">Where clients connect.</param>
/// <param name="Password">Wins over the URL's; may say where it is to be read.</param>
/// <param name="Values">Properties that were given, by name.</param>
internal sealed record CommandLine(
    string Url, ImmutableArray<string> Listen, string? Password, ImmutableDictionary<string, string> Values);

/// <summary>Makes a snapshot of one proxy from the command line.</summary>
internal static class CommandLineConfiguration
{
    private const string SecretName = "URL";
    private static readonly string[] ProxyNames = ["DBProxyName", "EngineFamily", "DefaultAuthScheme"];

    /// <summary>Properties that have an option; each scalar that makes sense for one proxy.</summary>
    public static ImmutableArray<Property<ProxyConfig>> Proxy { get; } =
        [.. ProxyProperties.All.Where(property => IsOption(property) && !ProxyNames.Contains(property.Name))];

    public static ImmutableArray<Property<AuthConfig>> Auth { get; } =
        [.. AuthProperties.All.Where(property => property.Name == "ClientPasswordAuthType")];

    public static ImmutableArray<Property<EndpointConfig>> Endpoint { get; } =
        [.. EndpointProperties.All.Where(property => property.Name == "PoolMode")];

    public static ImmutableArray<Property<PoolConfig>> Pool { get; } =
        [.. PoolProperties.All.Where(IsOption)];

    public static ImmutableArray<Property<CertificateConfig>> Certificate => CertificateProperties.All;

    /// <summary>MaxConnections is --max-connections, RequireTLS is --require-tls.</summary>
    public static string OptionName(string property)
    {
        var name = new System.Text.StringBuilder("-");
        for (var i = 0; i < property.Length; i++)
        {
            var isStart = char.IsUpper(property[i]) && (i == 0 || char.IsLower(property[i - 1]));
            if (isStart)
                name.Append('-');
            name.Append(char.ToLowerInvariant(property[i]));
        }
        return name.ToString();
    }

    public static ConfigurationReading Read(CommandLine line)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var url = TargetUrl.Parse(line.Url, faults);
        var snapshot = Assemble(line, url, faults);
        // What could not be read stands as a blank: the validator would blame it a second time.
        var known = faults.Select(fault => fault.Path).ToHashSet();
        faults.AddRange(
            SnapshotValidator.Validate(snapshot).Select(Placed).Where(fault => !known.Contains(fault.Path)));
        return new ConfigurationReading(
            snapshot, [.. faults.Select(fault => new Finding(default, Worded(fault)))]);
    }

    private static ProxySnapshot Assemble(
        CommandLine line, TargetUrl url, ImmutableArray<Fault>.Builder faults)
    {
        var auth = Apply(Auth, AuthProperties.Blank with { SecretArn = SecretName }, line, faults);
        var pool = PoolProperties.Blank;
        if (url.ConnectTimeout is { } timeout)
            pool = pool with { ConnectTimeout = timeout };
        var proxy = Apply(Proxy, ProxyProperties.Blank with { DBProxyName = "sento" }, line, faults) with
        {
            EngineFamily = url.Engine,
            Auth = [auth with { Secret = ReadSecret(line, url, auth, faults) }],
            Endpoints =
                [Apply(Endpoint, EndpointProperties.Blank with { Listen = line.Listen }, line, faults)],
            TargetGroup = TargetGroupProperties.Blank with
            {
                Targets = url.Targets,
                ConnectionPoolConfigurationInfo = Apply(Pool, pool, line, faults),
            },
        };
        if (Certificate.Any(property => line.Values.ContainsKey(property.Name)))
            proxy = proxy with { Certificate = ReadCertificate(line, faults) };
        return ProxySnapshot.Empty with { Proxies = [proxy] };
    }

    private static SecretConfig ReadSecret(
        CommandLine line, TargetUrl url, AuthConfig auth, ImmutableArray<Fault>.Builder faults)
    {
        var user = url.User ?? Environment.UserName;
        var text = line.Password ?? url.Password 
            ?? Environment.GetEnvironmentVariable(PasswordVariable(url.Engine));
        var needsPassword = auth.ClientPasswordAuthType
            is not (ClientPasswordAuthType.Trust or ClientPasswordAuthType.Certificate);
        if (text is null && needsPassword && !url.Targets.IsEmpty)
        {
            faults.Add(new Fault(
                "--password",
                $"there is no password for user {user}: put it into the URL, "
                    + $"into {PasswordVariable(url.Engine)}, or say "
                + "where it is with --password env:NAME or --password file:PATH"));
        }
        if (!SecretText.TryResolve(text ?? "", Environment.CurrentDirectory, out var value, out var fault))
            faults.Add(new Fault("--password", fault));
        return new SecretConfig(SecretName, user, Sento.Base.SecretBytes.FromText(value));
    }

    private static string PasswordVariable(EngineFamily engine) =>
        engine == EngineFamily.MySql ? "MYSQL_PWD" : "PGPASSWORD";

    private static CertificateConfig ReadCertificate(CommandLine line, ImmutableArray<Fault>.Builder faults)
    {
        var certificate = Apply(Certificate, CertificateProperties.Blank, line, faults);
        foreach (var missing in Certificate.Where(property => !line.Values.ContainsKey(property.Name)))
            faults.Add(
                new Fault(OptionName(missing.Name), "is missing: certificate and key are needed together"));
        return certificate;
    }

    private static T Apply<T>(
        ImmutableArray<Property<T>> table, T record, CommandLine line, ImmutableArray<Fault>.Builder faults)
    {
        foreach (var property in table)
        {
            if (!line.Values.TryGetValue(property.Name, out var text))
                continue;
            if (property.IsFile)
            {
                text = Path.GetFullPath(text);
                if (FileFault.Check(text) is { } missing)
                    faults.Add(new Fault(OptionName(property.Name), missing));
            }
            var reading = property.Read(record, [text]);
            record = reading.Record;
            if (reading.Fault is { } fault)
                faults.Add(new Fault(OptionName(property.Name), fault));
        }
        return record;
    }

    // The path of a record's property is of no use here: the option is.
    private static Fault Placed(Fault fault)
    {
        var name = fault.Path[(fault.Path.LastIndexOf('.') + 1)..].Split('[')[0];
        return name switch
        {
            "SecretArn" => fault with { Path = "--password" },
            "Host" or "Port" or "Targets" or "Tls" => fault with { Path = TargetUrlReader.Place },
            _ => fault with { Path = OptionName(name) },
        };
    }

    private static Fault Worded(Fault fault) => fault with { Message = $"{fault.Path}: {fault.Message}" };

    private static bool IsOption<T>(Property<T> property) =>
        property.Shape == PropertyShape.Text && property.Origin != PropertyOrigin.Unused;
}
