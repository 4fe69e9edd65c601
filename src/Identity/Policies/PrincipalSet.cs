using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Sento.Identity.Principals;

namespace Sento.Identity.Policies;

/// <summary>How closely a resource policy names somebody; later ones are closer.</summary>
public enum PrincipalMatch
{
    None,

    /// <summary>By the account: leaves it to the account's own policies.</summary>
    Account,
    Anyone,

    /// <summary>By the role whose session it is.</summary>
    Role,

    /// <summary>The user, or this very session.</summary>
    Named,
}

public enum PrincipalForm { Anyone, Account, Arn, Service, Federated }

/// <summary>An entry of Principal: what it names and how.</summary>
/// <param name="Text">An account's number, an ARN, a service's name.</param>
public sealed record PrincipalPattern(PrincipalForm Form, string Text)
{
    /// <summary>Of <c>"AWS": text</c>. No wildcards inside ARNs: they would name strangers to come.</summary>
    public static bool TryParseAws(string text, [NotNullWhen(true)] out PrincipalPattern? pattern)
    {
        pattern = null;
        if (text == "*")
        {
            pattern = new PrincipalPattern(PrincipalForm.Anyone, text);
            return true;
        }
        if (IsAccount(text))
        {
            pattern = new PrincipalPattern(PrincipalForm.Account, text);
            return true;
        }
        var parts = text.Split(':', 6);
        if (parts.Length != 6 || parts[0] != "arn" || parts[2] is not ("iam" or "sts") || parts[3].Length > 0
            || !IsAccount(parts[4]) || text.AsSpan().ContainsAny('*', '?', '$'))
            return false;
        if (parts[5] == "root")
        {
            pattern = new PrincipalPattern(PrincipalForm.Account, parts[4]);
            return true;
        }
        var kind = parts[5].Split('/', 2)[0];
        if (kind is not ("user" or "role" or "assumed-role" or "federated-user") || parts[5].EndsWith('/'))
            return false;
        pattern = new PrincipalPattern(PrincipalForm.Arn, text);
        return true;
    }

    public PrincipalMatch Matches(Principal principal) => Form switch
    {
        PrincipalForm.Anyone => PrincipalMatch.Anyone,
        PrincipalForm.Account when Text == principal.Account => PrincipalMatch.Account,
        PrincipalForm.Arn when Text == principal.Arn => PrincipalMatch.Named,
        PrincipalForm.Arn when Text == principal.RoleArn => PrincipalMatch.Role,
        PrincipalForm.Federated when principal.Kind == PrincipalKind.FederatedUser && Text == principal.Arn =>
            PrincipalMatch.Named,
        _ => PrincipalMatch.None,
    };

    private static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);
}

/// <summary>Principal or NotPrincipal of a statement.</summary>
public sealed record PrincipalSet(ImmutableArray<PrincipalPattern> Patterns, bool IsComplement)
{
    public PrincipalMatch Matches(Principal principal)
    {
        var closest = PrincipalMatch.None;
        foreach (var pattern in Patterns)
        {
            var match = pattern.Matches(principal);
            closest = match > closest ? match : closest;
        }
        if (!IsComplement)
            return closest;
        return closest == PrincipalMatch.None ? PrincipalMatch.Anyone : PrincipalMatch.None;
    }
}
