using System.Collections.Immutable;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>
/// Collects the parameters of one StartupMessage as PostgreSQL does. PostgreSQL 18, StartupMessage.
/// </summary>
internal sealed class StartupDraft
{
    private readonly List<KeyValuePair<string, string>> _settings = [];
    private readonly List<string> _protocolOptions = [];
    private string _user = "";
    private string _database = "";
    private string _options = "";
    private ReplicationKind _replication;

    /// <summary>A name that comes again replaces what was there, as in PostgreSQL.</summary>
    public SignInError? Take(string name, string value)
    {
        switch (name)
        {
            case "user":
                _user = value;
                break;
            case "database":
                _database = value;
                break;
            case "options":
                _options = value;
                break;
            case "replication":
                return TakeReplication(value);
            case var option when option.StartsWith("_pq_.", StringComparison.Ordinal):
                _protocolOptions.Add(option);
                break;
            default:
                _settings.Add(new(name, value));
                break;
        }
        return null;
    }

    public StartupVerdict Finish(int minor)
    {
        if (_user.Length == 0)
        {
            return new StartupVerdict.Refuse(new SignInError(
                SqlState.InvalidAuthorizationSpecification,
                "no PostgreSQL user name specified in startup packet"));
        }
        var settings = new List<KeyValuePair<string, string>>();
        if (CommandLineOptions.Read(_options, settings) is { } error)
            return new StartupVerdict.Refuse(error);
        settings.AddRange(_settings);
        return new StartupVerdict.Startup(new StartupParameters
        {
            RequestedMinor = minor,
            User = _user,
            Database = _database.Length == 0 ? null : _database,
            Replication = _replication,
            Settings = [.. settings],
            UnknownProtocolOptions = [.. _protocolOptions],
        });
    }

    private SignInError? TakeReplication(string value)
    {
        if (value == "database")
            _replication = ReplicationKind.Logical;
        else if (TryBool(value, out var isOn))
            _replication = isOn ? ReplicationKind.Physical : ReplicationKind.None;
        else
        {
            return new SignInError(
                SqlState.InvalidParameterValue,
                $"invalid value for parameter \"replication\": \"{value}\"",
                Hint: "Valid values are: \"false\", 0, \"true\", 1, \"database\".");
        }
        return null;
    }

    /// <summary>PostgreSQL's Boolean: any beginning of true, false, yes, no; on, of, off; 1, 0.</summary>
    private static bool TryBool(string value, out bool isOn)
    {
        isOn = Begins("true") || Begins("yes") || value.Equals("on", StringComparison.OrdinalIgnoreCase)
            || value == "1";
        return isOn || Begins("false") || Begins("no") || value == "0"
            || (value.Length >= 2 && Begins("off"));

        bool Begins(string word) =>
            value.Length > 0 && word.StartsWith(value, StringComparison.OrdinalIgnoreCase);
    }
}
