using Sento.ControlPlane.Identities;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Vault;

namespace Sento.ControlPlane.Api;

/// <summary>What policies come to: who can read a secret, and which of them allow too much. Pure.</summary>
/// <remarks>Asks the evaluator itself, so that its answer and the review's can't differ.</remarks>
public static class AccessReview
{
    private const string Read = "secretsmanager:GetSecretValue";

    private static readonly (string Action, string Means)[] Probes =
    [
        (Read, "reads every secret, also those to come"),
        ("secretsmanager:PutSecretValue", "changes every secret"),
        ("secretsmanager:PutResourcePolicy", "lets others read every secret"),
        ("secretsmanager:DeleteSecret", "deletes every secret"),
    ];

    /// <summary>
    /// Users and roles who can read the secret's current value, each with the statement that lets them.
    /// </summary>
    public static List<(string Principal, string By)> Readers(
        SecretVault vault, IdentityStore identities, SecretRecord record, DateTimeOffset now)
    {
        var authorization = new Authorization(vault.Region);
        var readers = new List<(string, string)>();
        var all = identities.Users.Concat(identities.Roles.Select(role => SessionOf(role, now)));
        foreach (var principal in all.OrderBy(principal => principal.Arn, StringComparer.Ordinal))
        {
            var caller = new Caller(principal.Arn, principal, "127.0.0.1", IsTls: true);
            var decision = authorization.Decide(
                caller, Read, record.Arn, record, [("secretsmanager:VersionStage", [Stage.Current])], now);
            if (decision.IsAllowed)
                readers.Add((principal.RoleArn ?? principal.Arn, decision.By ?? ""));
        }
        return readers;
    }

    /// <summary>Whoever has assumed the role.</summary>
    private static Principal SessionOf(Role role, DateTimeOffset now) => new()
    {
        Kind = PrincipalKind.AssumedRole,
        Account = role.Account,
        Arn = $"arn:aws:sts::{role.Account}:assumed-role/{role.Name}/anybody",
        UniqueId = $"{role.UniqueId}:anybody",
        RoleArn = role.Arn,
        Tags = role.Tags,
        Policies = role.Policies,
        Boundary = role.Boundary,
        TokenIssuedAt = now,
    };

    /// <summary>Faults and over-broad grants of an identity policy; empty: none.</summary>
    public static List<string> CheckPolicy(string name, string text)
    {
        var reading = PolicyDocument.Parse(text, PolicyUse.Identity);
        if (reading.Document is not { } document)
            return [.. reading.Faults.Select(fault => $"{name}: {fault}")];
        var principal = new Principal
        {
            Kind = PrincipalKind.User,
            Account = "000000000000",
            Arn = "arn:aws:iam::000000000000:user/somebody",
            UniqueId = "AIDASOMEBODY",
            UserName = "somebody",
            Policies = [new AttachedPolicy(name, document)],
        };
        return [.. Probes.Select(probe => Probe(principal, probe.Action, probe.Means)).OfType<string>()];
    }

    /// <summary>Of all users, roles and secrets.</summary>
    public static List<string> CheckAll(SecretVault vault, IdentityStore identities)
    {
        var findings = new List<string>();
        foreach (var user in identities.Document.Users)
        {
            foreach (var policy in user.Policies)
                findings.AddRange(CheckPolicy($"policy {policy.Name} of user {user.Name}", policy.Document));
        }
        foreach (var role in identities.Document.Roles)
        {
            foreach (var policy in role.Policies)
                findings.AddRange(CheckPolicy($"policy {policy.Name} of role {role.Name}", policy.Document));
        }
        foreach (var policy in identities.Document.ManagedPolicies ?? [])
            findings.AddRange(CheckPolicy($"policy {policy.Name}", policy.Document));
        foreach (var record in vault.All)
        {
            if (Authorization.PolicyOf(record) is { } document && PublicAccess.Find(document) is not null)
                findings.Add($"the resource policy of {record.Name} lets everybody in");
        }
        return findings;
    }

    /// <summary>A secret that nobody has named: who may do this to it may do it to all.</summary>
    private static string? Probe(Principal principal, string action, string means)
    {
        var request = new AccessRequest
        {
            Principal = principal,
            Action = action,
            Resource = $"arn:aws:secretsmanager:us-east-1:000000000000:secret:{Guid.NewGuid():N}-AbCdEf",
            Values = ConditionValues.Of(principal, DateTimeOffset.UtcNow, null, isTls: true, "us-east-1"),
        };
        var decision = PolicyEvaluator.Decide(request);
        return decision.IsAllowed ? $"{decision.Deciding!.Place}: {means}" : null;
    }
}
