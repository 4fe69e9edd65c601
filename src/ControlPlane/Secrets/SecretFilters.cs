using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>
/// Filters of ListSecrets and BatchGetSecretValue: all must match; of a filter's values, one. A value that
/// begins with ! must not match. Pure.
/// </summary>
internal sealed class SecretFilters
{
    private static readonly string[] Keys =
        ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];

    private readonly ImmutableArray<(string Key, ImmutableArray<string> Values)> _filters;

    private SecretFilters(ImmutableArray<(string Key, ImmutableArray<string> Values)> filters) =>
        _filters = filters;

    /// <returns>Null: the request has none.</returns>
    public static SecretFilters? Read(Parameters input)
    {
        if (input.Items("Filters", 10) is not { } items)
            return null;
        var filters = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        foreach (var item in items)
        {
            var key = item.Text("Key", 0, 512) ?? throw ApiFault.InvalidParameter("Invalid filter key");
            if (!Keys.Contains(key))
                throw ApiFault.Validation(
                    $"1 validation error detected: Value '{key}' at "
                    + $"'filters.{filters.Count + 1}.member.key' failed "
                    + $"to satisfy constraint: Member must satisfy enum value set: ["
                    + string.Join(", ", Keys) + "]");
            var values = item.Texts("Values", 10, 512)
                ?? throw ApiFault.InvalidParameter($"Invalid filter values for key: {key}");
            filters.Add((key, values));
        }
        return new SecretFilters(filters.ToImmutable());
    }

    /// <param name="region">Of the vault that they are in.</param>
    public IEnumerable<SecretRecord> Of(IEnumerable<SecretRecord> records, string region) => records.Where(
        record => _filters.All(filter => Matches(record, region, filter.Key, filter.Values)));

    private static bool Matches(
        SecretRecord record, string region, string key, ImmutableArray<string> values)
    {
        var negated = values.Where(value => value.StartsWith('!')).ToList();
        var positive = values.Where(value => !value.StartsWith('!')).ToList();
        return negated.All(value => !MatchesOne(record, region, key, value[1..]))
            && (positive.Count == 0 || positive.Any(value => MatchesOne(record, region, key, value)));
    }

    private static bool MatchesOne(SecretRecord record, string region, string key, string value)
    {
        var tags = record.Tags ?? [];
        return key switch
        {
            "name" => record.Name.StartsWith(value, StringComparison.Ordinal),
            "tag-key" => tags.Any(tag => tag.Key.StartsWith(value, StringComparison.Ordinal)),
            "tag-value" => tags.Any(tag => tag.Value.StartsWith(value, StringComparison.Ordinal)),
            "description" => HasWords([record.Description ?? ""], value),
            "owning-service" => record.OwningService?.StartsWith(value, StringComparison.Ordinal) == true,
            "primary-region" =>
                value == (record.PrimaryRegion ?? (Replicas.Shown(record).Any() ? region : null)),
            _ => HasWords(
                [record.Name, record.Description ?? "",
                    .. tags.SelectMany(tag => (string[])[tag.Key, tag.Value])],
                value),
        };
    }

    /// <summary>Each word begins a word of one of the texts, whatever its case.</summary>
    private static bool HasWords(IEnumerable<string> texts, string value)
    {
        var words = texts.SelectMany(Words).ToList();
        return Words(value).All(
            word => words.Exists(known => known.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static string[] Words(string text) =>
        text.Split(
            [' ', '/', '-', '_', '.', ',', ':', '+', '=', '@', '!'], StringSplitOptions.RemoveEmptyEntries);
}
