using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>Up to twenty current values at once, named or found by filters; what fails is listed.</summary>
internal static class BatchGetSecretValue
{
    private const int SecretsMax = 20;

    public static void Run(SecretsCall call)
    {
        var ids = call.Input.Texts("SecretIdList", SecretsMax, 2048);
        var filters = SecretFilters.Read(call.Input);
        if (ids is null == filters is null)
            throw ApiFault.InvalidParameter(
                "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
        if (ids is not null && call.Input.Integer("MaxResults", 1, SecretsMax) is not null)
            throw ApiFault.InvalidParameter("'Filters' not specified. 'Filters' must also be specified when "
                + "'MaxResults' is provided.");
        call.Authorize("BatchGetSecretValue", null, "*");
        string? nextToken = null;
        if (filters is not null)
        {
            call.Authorize("ListSecrets", null, "*");
            var found = filters.Of(call.Vault.All.Where(record => !record.IsDeleted), call.Vault.Region)
                .OrderBy(r => r.CreatedDate);
            ids = [.. Paging.Take(call.Input, [.. found], SecretsMax, SecretsMax, out nextToken)
                .Select(r => r.Arn)];
        }
        var failures = new List<(string Id, ApiFault Fault)>();
        call.Output.WriteStartArray("SecretValues");
        foreach (var id in ids!.Value)
        {
            var one = call.As("GetSecretValue");
            if (Find(one, id, failures) is var (record, version))
            {
                call.Output.WriteStartObject();
                GetSecretValue.Write(one, record, version);
                call.Output.WriteEndObject();
                one.NoteUse("done");
            }
        }
        call.Output.WriteEndArray();
        WriteFailures(call, failures);
        call.Write("NextToken", nextToken);
    }

    private static (SecretRecord Record, SecretVersion Version)? Find(
        SecretsCall one, string id, List<(string Id, ApiFault Fault)> failures)
    {
        try
        {
            one.Tell("secretsmanager:VersionStage", Stage.Current);
            var record = one.Secret(id, mayBeDeleted: false);
            return (record, GetSecretValue.Choose(record, null, null));
        }
        catch (ApiFault fault)
        {
            failures.Add((id, fault));
            one.NoteUse(fault.Code == "AccessDeniedException" ? "denied" : fault.Code);
            return null;
        }
    }

    private static void WriteFailures(SecretsCall call, List<(string Id, ApiFault Fault)> failures)
    {
        call.Output.WriteStartArray("Errors");
        foreach (var (id, fault) in failures)
        {
            call.Output.WriteStartObject();
            call.Output.WriteString("SecretId", id);
            call.Output.WriteString("ErrorCode", fault.Code);
            call.Output.WriteString("Message", fault.Message);
            call.Output.WriteEndObject();
        }
        call.Output.WriteEndArray();
    }
}
