namespace Sento.Vault;

/// <summary>A copy of a secret in another region, as the secret itself knows it.</summary>
public sealed record SecretReplica(string Region)
{
    /// <summary>As the caller named it.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>Another secret of the name may be in its way there, and is then replaced.</summary>
    public bool OverwritesOther { get; init; }

    /// <summary>It is no longer wanted, and gone as soon as its region can be reached.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>The digest of what it holds; null: nothing yet.</summary>
    public string? Holds { get; init; }

    /// <summary>Failures in a row, which the next try is put off by.</summary>
    public int FailureCount { get; init; }

    /// <summary>Why the last try failed, without anything secret; null: it did not.</summary>
    public string? LastFailure { get; init; }

    /// <summary>Not before this time; null: at once.</summary>
    public DateTimeOffset? RetryDate { get; init; }
}
