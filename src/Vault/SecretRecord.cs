using System.Collections.Immutable;

namespace Sento.Vault;

/// <summary>
/// All that the vault knows of a secret but its values. Immutable; stored sealed, as one piece.
/// </summary>
public sealed record SecretRecord
{
    public required string Arn { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>As the caller named it; the vault seals with its own key ring whatever this says.</summary>
    public string? KmsKeyId { get; init; }

    public required DateTimeOffset CreatedDate { get; init; }

    public DateTimeOffset? LastChangedDate { get; init; }

    /// <summary>The day; null: never read.</summary>
    public DateTimeOffset? LastAccessedDate { get; init; }

    /// <summary>When the version that is current now became it; null: no version is.</summary>
    public DateTimeOffset? CurrentSince { get; init; }

    /// <summary>When deletion was asked for; null: it was not.</summary>
    public DateTimeOffset? DeletedDate { get; init; }

    /// <summary>When it is gone for good.</summary>
    public DateTimeOffset? GoneDate { get; init; }

    /// <summary>Null: it never had any.</summary>
    public ImmutableArray<SecretTag>? Tags { get; init; }

    public string? ResourcePolicy { get; init; }

    public string? OwningService { get; init; }

    public SecretRotation? Rotation { get; init; }

    /// <summary>Of a copy: the region of the secret that it is a copy of; null: it is no copy.</summary>
    public string? PrimaryRegion { get; init; }

    /// <summary>Copies that it has elsewhere; null: it never had any.</summary>
    public ImmutableArray<SecretReplica>? Replicas { get; init; }

    /// <summary>Oldest first.</summary>
    public ImmutableArray<SecretVersion> Versions { get; init; } = [];

    public bool IsDeleted => DeletedDate is not null;

    public SecretVersion? Find(string versionId) =>
        Versions.FirstOrDefault(version => version.Id == versionId);

    public SecretVersion? Holder(string stage) => Versions.FirstOrDefault(version => version.Has(stage));

    /// <summary>This record with another version of the same id in its place, or with one more.</summary>
    public SecretRecord With(SecretVersion version)
    {
        var index = Versions.ToList().FindIndex(known => known.Id == version.Id);
        return this with { Versions = index < 0 ? Versions.Add(version) : Versions.SetItem(index, version) };
    }
}

public sealed record SecretTag(string Key, string Value);

/// <summary>How a secret is rotated, and how that went.</summary>
/// <param name="IsOn">False: cancelled; the rest stays to be shown.</param>
/// <param name="Function">
/// What makes the new value: the ARN as the caller gave it, or a strategy's name.
/// </param>
public sealed record SecretRotation(bool IsOn, string Function)
{
    /// <summary>
    /// The secret whose user may change others' passwords here: whoever asked for rotations was allowed to
    /// read it. Null: none was.
    /// </summary>
    public string? MasterArn { get; init; }

    /// <summary>Days between rotations; null: <see cref="Schedule"/> says.</summary>
    public int? AutomaticallyAfterDays { get; init; }

    /// <summary>rate(...) or cron(...).</summary>
    public string? Schedule { get; init; }

    /// <summary>The window, for example 3h.</summary>
    public string? Duration { get; init; }

    public DateTimeOffset? LastRotatedDate { get; init; }

    public DateTimeOffset? NextRotationDate { get; init; }

    /// <summary>The version that a rotation is making; null: none is under way.</summary>
    public string? PendingToken { get; init; }

    /// <summary>Not before this time; null: at once.</summary>
    public DateTimeOffset? RetryDate { get; init; }

    /// <summary>Failures in a row, which the next try is put off by.</summary>
    public int FailureCount { get; init; }

    /// <summary>Why the last try failed, without anything secret.</summary>
    public string? LastFailure { get; init; }

    /// <summary>The pending version was only asked to be tested, not made.</summary>
    public bool IsTestOnly { get; init; }
}
