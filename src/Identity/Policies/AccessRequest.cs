using Sento.Identity.Principals;

namespace Sento.Identity.Policies;

/// <summary>Somebody wants to do something with something: what policies decide.</summary>
public sealed record AccessRequest
{
    public required Principal Principal { get; init; }

    /// <summary><c>secretsmanager:GetSecretValue</c>.</summary>
    public required string Action { get; init; }

    /// <summary>An ARN; <c>*</c> for an action that has no resource.</summary>
    public required string Resource { get; init; }

    public required ConditionValues Values { get; init; }

    /// <summary>Attached to the resource; null: none.</summary>
    public PolicyDocument? ResourcePolicy { get; init; }

    /// <summary>Who owns the resource; null: the account in its ARN, or the principal's.</summary>
    public string? ResourceAccount { get; init; }

    internal bool IsAcrossAccounts
    {
        get
        {
            var owner = ResourceAccount;
            if (owner is null && Resource.Split(':', 6) is [_, _, _, _, { Length: > 0 } account, _])
                owner = account;
            return owner is not null && owner != Principal.Account;
        }
    }
}
