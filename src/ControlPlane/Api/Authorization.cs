using System.Collections.Immutable;
using System.Net;
using Sento.Identity.Policies;
using Sento.Vault;

namespace Sento.ControlPlane.Api;

/// <summary>Decides by the caller's policies and the secret's own. Pure; any thread.</summary>
internal sealed class Authorization(string region)
{
    public AccessDecision Decide(
        Caller caller, string action, string resourceArn, SecretRecord? record,
        IReadOnlyList<(string Key, ImmutableArray<string> Values)> facts, DateTimeOffset now)
    {
        // Who is at this machine and holds the key ring could read the file itself.
        if (caller.Principal is not { } principal)
            return new AccessDecision(true, "local", "");
        var request = new AccessRequest
        {
            Principal = principal,
            Action = action,
            Resource = resourceArn,
            Values = Values(caller, record, facts, now),
            ResourcePolicy = PolicyOf(record),
        };
        var decision = PolicyEvaluator.Decide(request);
        return new AccessDecision(
            decision.IsAllowed, decision.Deciding?.Place,
            decision.IsAllowed ? "" : decision.Refusal(request));
    }

    /// <summary>Null: the secret has none. It was checked when it was put there.</summary>
    public static PolicyDocument? PolicyOf(SecretRecord? record) => record?.ResourcePolicy is { } text
        ? PolicyDocument.Parse(text, PolicyUse.Resource).Document
            ?? throw new VaultFault(
                $"the resource policy of {record.Arn} can't be read any more: put it anew")
        : null;

    private ConditionValues Values(
        Caller caller, SecretRecord? record,
        IReadOnlyList<(string Key, ImmutableArray<string> Values)> facts, DateTimeOffset now)
    {
        IPAddress.TryParse(caller.SourceAddress, out var source);
        var values = ConditionValues.Of(caller.Principal!, now, source, caller.IsTls, region);
        if (record is not null)
            Add(values, record);
        // Behind what the secret says of itself: a request that changes that is judged by what it asks for.
        foreach (var (key, texts) in facts)
            values.Set(key, texts);
        return values;
    }

    private static void Add(ConditionValues values, SecretRecord record)
    {
        values.Set("secretsmanager:Name", record.Name);
        values.SetUnlessNull("secretsmanager:KmsKeyId", record.KmsKeyId);
        values.SetUnlessNull("secretsmanager:resource/AllowRotationLambdaArn", record.Rotation?.Function);
        foreach (var tag in record.Tags ?? [])
        {
            values.Set($"aws:ResourceTag/{tag.Key}", tag.Value);
            values.Set($"secretsmanager:ResourceTag/{tag.Key}", tag.Value);
        }
    }
}

/// <param name="By">The policy and statement that decided; null: none spoke of it.</param>
/// <param name="Message">What a refused caller is told.</param>
internal readonly record struct AccessDecision(bool IsAllowed, string? By, string Message);
