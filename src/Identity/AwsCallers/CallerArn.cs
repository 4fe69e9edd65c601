using System.Diagnostics.CodeAnalysis;
using Sento.Identity.Policies;

namespace Sento.Identity.AwsCallers;

/// <summary>Whom AWS takes somebody for, as GetCallerIdentity says it. Pure.</summary>
public static class CallerArn
{
    /// <summary>
    /// Of a role's session the role, without its path, which STS does not tell; of a user the user. Null: who
    /// it is can't be mapped: an account's root, a federated user.
    /// </summary>
    public static string? Canonical(string arn)
    {
        if (arn.Split(':', 6) is not ["arn", { } partition, { } service, "", { } account, { } name])
            return null;
        return (service, name.Split('/')) switch
        {
            ("sts", ["assumed-role", { Length: > 0 } role, { Length: > 0 }]) =>
                $"arn:{partition}:iam::{account}:role/{role}",
            ("iam", ["user", _, ..]) => arn,
            _ => null,
        };
    }
}

/// <summary>An ARN with * and ? in it, of whom somebody has to be. Immutable.</summary>
public sealed class CallerPattern
{
    private readonly TextPattern _arn;

    private CallerPattern(TextPattern arn) => _arn = arn;

    public static bool TryParse(string text, [NotNullWhen(true)] out CallerPattern? pattern)
    {
        pattern = TextPattern.TryParse(text, PatternSyntax.Wildcards, out var arn, out _)
            ? new CallerPattern(arn) : null;
        return pattern is not null;
    }

    public bool Matches(string arn) => _arn.Matches(arn, null);
}
