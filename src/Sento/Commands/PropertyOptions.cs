using System.Collections.Immutable;
using System.CommandLine;
using Sento.Host.Configuration;
using Sento.Model;

namespace Sento.Host.Commands;

/// <summary>
/// An option for each property of the tables, so that the command line can say what a file can.
/// </summary>
internal sealed class PropertyOptions
{
    private readonly List<(string Property, Option<string> Option)> _options = [];

    public PropertyOptions()
    {
        Add(CommandLineConfiguration.Pool, PoolProperties.Blank);
        Add(CommandLineConfiguration.Endpoint, EndpointProperties.Blank);
        Add(CommandLineConfiguration.Auth, AuthProperties.Blank);
        Add(CommandLineConfiguration.Proxy, ProxyProperties.Blank);
        Add(CommandLineConfiguration.Certificate, CertificateProperties.Blank);
    }

    public IEnumerable<Option> All => _options.Select(entry => entry.Option);

    /// <summary>What was given, by the property's name.</summary>
    public ImmutableDictionary<string, string> Values(ParseResult result) => _options
        .Select(entry => (entry.Property, Value: Value(result, entry.Option)))
        .Where(entry => entry.Value is not null)
        .ToImmutableDictionary(entry => entry.Property, entry => entry.Value!);

    // A switch that is named without a value is switched on.
    private static string? Value(ParseResult result, Option<string> option) =>
        result.GetResult(option) is null ? null : result.GetValue(option) ?? "true";

    private void Add<T>(ImmutableArray<Property<T>> table, T blank)
    {
        foreach (var property in table)
        {
            var isSwitch = property.Type == "true or false";
            var option = new Option<string>(CommandLineConfiguration.OptionName(property.Name))
            {
                Description = Describe(property, blank),
                HelpName = isSwitch ? "true|false" : property.Type == "one of" ? "choice" : property.Type,
                Arity = isSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            _options.Add((property.Name, option));
        }
    }

    private static string Describe<T>(Property<T> property, T blank)
    {
        var range = property.Range.Length == 0 ? "" : $" Allowed: {property.Range}.";
        var value = property.IsRequired ? null : property.Show(blank);
        return $"{property.Meaning}{range}{(value is null ? "" : $" [{value}]")}";
    }
}
