using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Takes one connection URL apart; collects faults instead of stopping at the first.</summary>
internal sealed class TargetUrlReader(ImmutableArray<Fault>.Builder faults)
{
    /// <summary>Where faults are said to be.</summary>
    public const string Place = "URL";

    private static readonly (string Text, EngineFamily Engine)[] Schemes =
    [
        ("postgresql://", EngineFamily.PostgreSql), ("postgres://", EngineFamily.PostgreSql),
        ("mysql://", EngineFamily.MySql), ("mariadb://", EngineFamily.MySql),
    ];

    private static readonly string[] Used =
    [
        "host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert",
        "sslkey",
        "connect_timeout",
    ];

    /// <summary>libpq's, for the client's own connection: each client brings its own.</summary>
    private static readonly string[] Ignored =
    [
        "application_name", "fallback_application_name", "client_encoding", "options", "channel_binding",
        "gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "krbsrvname",
        "load_balance_hosts", "passfile", "require_auth", "requirepeer", "service", "sslcompression",
        "sslcrl",
        "sslnegotiation", "sslsni", "ssl_max_protocol_version", "ssl_min_protocol_version",
        "target_session_attrs", "tcp_user_timeout",
    ];

    private readonly Dictionary<string, string> _parameters = [];
    private EngineFamily _engine;

    public TargetUrl Read(string text)
    {
        var (scheme, engine) =
            Schemes.FirstOrDefault(known => text.StartsWith(known.Text, StringComparison.OrdinalIgnoreCase));
        if (scheme is null)
        {
            Add("must begin with postgresql:// or mysql://");
            return new TargetUrl();
        }
        _engine = engine;
        var rest = text[scheme.Length..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var parameters = query < 0 ? "" : rest[(query + 1)..];
        var (authority, database) = Split(query < 0 ? rest : rest[..query], '/');
        var at = authority.LastIndexOf('@');
        // What looks like a host, a database or a parameter may be the rest of a password with / or ? in it.
        if (at < 0 && (authority + database + parameters).Contains('@', StringComparison.Ordinal)
            && authority.Contains(':', StringComparison.Ordinal))
        {
            Add("in a user name and a password, / is written %2F, ? is written %3F and @ is written %40");
            return new TargetUrl();
        }
        ReadParameters(parameters);
        var (user, password) = Split(at < 0 ? "" : authority[..at], ':');
        var hosts = authority[(at + 1)..];
        return Assemble(
            Parameter("user", Decode(user)), Parameter("password", Decode(password)),
            Parameter("dbname", Decode(database)), hosts);
    }

    private TargetUrl Assemble(string user, string password, string database, string hosts)
    {
        var blank = TargetProperties.Blank with { DefaultDatabase = database.Length == 0 ? null : database };
        var target = WithTls(blank);
        return new TargetUrl
        {
            Engine = _engine,
            User = user.Length == 0 ? null : user,
            Password = password.Length == 0 ? null : password,
            Database = target.DefaultDatabase,
            ConnectTimeout = ConnectTimeout(),
            Targets = [.. Addresses(hosts).Select(at => target with { Host = at.Host, Port = at.Port })],
        };
    }

    private TargetConfig WithTls(TargetConfig target)
    {
        if (_parameters.TryGetValue("sslmode", out var mode))
        {
            var property = TargetProperties.All.First(property => property.Name == "Tls");
            var reading = property.Read(target, [mode]);
            target = reading.Record;
            if (reading.Fault is { } fault)
                Add($"sslmode: {fault}");
        }
        // libpq's word for the authorities of the system, which is what no file means here.
        if (_parameters.TryGetValue("sslrootcert", out var authorities) && authorities != "system")
            target = target with { AuthorityFile = ExistingFile("sslrootcert", authorities) };
        var certificate = Parameter("sslcert", "");
        var key = Parameter("sslkey", "");
        if ((certificate.Length == 0) != (key.Length == 0))
            Add("sslcert and sslkey are needed together");
        if (certificate.Length == 0 || key.Length == 0)
            return target;
        var pair = new CertificateConfig(ExistingFile("sslcert", certificate), ExistingFile("sslkey", key));
        return target with { ClientCertificate = pair };
    }

    private string ExistingFile(string name, string text)
    {
        var path = Path.GetFullPath(text);
        if (FileFault.Check(path) is { } fault)
            Add($"{name}: {fault}");
        return path;
    }

    private TimeSpan? ConnectTimeout()
    {
        if (!_parameters.TryGetValue("connect_timeout", out var text))
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
        Add("connect_timeout is not a whole number of seconds");
        return null;
    }

    /// <summary>Hosts and ports; from the parameters where the place before the slash is empty.</summary>
    private IEnumerable<(string Host, int Port)> Addresses(string hosts)
    {
        var list = hosts.Length > 0
            ? [.. hosts.Split(',').Select(SplitHost)]
            : FromParameters().ToArray();
        foreach (var (host, portText) in list)
        {
            if (!TargetUrl.TryParsePort(portText, _engine, out var port))
                Add($"\"{portText}\" is not a port; allowed: 1 to 65535");
            yield return (host.Length == 0 ? "localhost" : host, port);
        }
    }

    private IEnumerable<(string Host, string Port)> FromParameters()
    {
        var hosts = Parameter("hostaddr", Parameter("host", "")).Split(',');
        var ports = Parameter("port", "").Split(',');
        if (ports.Length != 1 && ports.Length != hosts.Length)
            Add("there must be one port, or as many as hosts");
        return hosts.Select((host, i) => (host, ports.Length == hosts.Length ? ports[i] : ports[0]));
    }

    private (string Host, string Port) SplitHost(string text)
    {
        if (!text.StartsWith('['))
        {
            var (host, port) = Split(text, ':');
            return (Decode(host), port.Length == 0 ? Parameter("port", "") : port);
        }
        var end = text.IndexOf(']', StringComparison.Ordinal);
        var after = end < 0 ? "" : text[(end + 1)..];
        if (end < 0 || !System.Net.IPAddress.TryParse(text[1..end], out _)
            || (after.Length > 0 && !after.StartsWith(':')))
        {
            Add($"\"{text}\" is not an IPv6 address in brackets");
            return ("", "");
        }
        return (text[1..end], after.Length > 1 ? after[1..] : Parameter("port", ""));
    }

    private void ReadParameters(string query)
    {
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (encodedName, value) = Split(part, '=');
            var name = Decode(encodedName);
            if (Ignored.Contains(name))
                faults.Add(Fault.Note(Place, $"{name} has no effect here: each client brings its own"));
            else if (!Used.Contains(name))
                Add($"there is no parameter {name}{Suggestion.For(name, Used.Concat(Ignored))}");
            else if (!_parameters.TryAdd(name, Decode(value)))
                Add($"{name} stands here for the second time");
        }
    }

    private string Parameter(string name, string otherwise) => _parameters.GetValueOrDefault(name, otherwise);

    private void Add(string message) => faults.Add(new Fault(Place, message));

    private static (string Before, string After) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    private string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.AddRange(
                    Encoding.UTF8.GetBytes(text.Substring(i, char.IsHighSurrogate(text[i]) ? 2 : 1)));
                i += char.IsHighSurrogate(text[i]) ? 1 : 0;
            }
            else if (i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value)
                && value != 0)
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                Add("a % must be followed by two hexadecimal digits, not 00; % itself is written %25");
                return "";
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
