using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>Secrets without their values, filtered, sorted and by the page.</summary>
internal static class ListSecrets
{
    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var filters = SecretFilters.Read(input);
        var withDeleted = input.Flag("IncludePlannedDeletion") ?? false;
        var isAscending = input.Text("SortOrder", 1, 16) switch
        {
            null or "desc" => false,
            "asc" => true,
            var other => throw NotOneOf("sortOrder", other, "asc, desc"),
        };
        var sortBy = input.Text("SortBy", 1, 32) ?? "created-date";
        call.Authorize("ListSecrets", null, "*");

        var records = call.Vault.All.Where(record =>
            !(record.GoneDate <= call.Now) && (withDeleted || !record.IsDeleted));
        if (filters is not null)
            records = filters.Of(records, call.Vault.Region);
        var sorted = Sort(records, sortBy).ToList();
        if (!isAscending)
            sorted.Reverse();
        var page = Paging.Take(input, sorted, 100, 100, out var nextToken);
        call.Output.WriteStartArray("SecretList");
        foreach (var record in page)
        {
            call.Output.WriteStartObject();
            SecretView.Write(call, record, "SecretVersionsToStages");
            call.Output.WriteEndObject();
        }
        call.Output.WriteEndArray();
        call.Write("NextToken", nextToken);
    }

    private static IEnumerable<SecretRecord> Sort(IEnumerable<SecretRecord> records, string by) => by switch
    {
        "created-date" => records.OrderBy(r => r.CreatedDate).ThenBy(r => r.Arn, StringComparer.Ordinal),
        "last-accessed-date" =>
            records.OrderBy(r => r.LastAccessedDate).ThenBy(r => r.Arn, StringComparer.Ordinal),
        "last-changed-date" =>
            records.OrderBy(r => r.LastChangedDate).ThenBy(r => r.Arn, StringComparer.Ordinal),
        "name" => records.OrderBy(r => r.Name, StringComparer.Ordinal),
        _ => throw NotOneOf("sortBy", by, "created-date, last-accessed-date, last-changed-date, name"),
    };

    private static ApiFault NotOneOf(string name, string value, string allowed) => ApiFault.Validation(
        $"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        + $"Member must satisfy enum value set: [{allowed}]");
}
