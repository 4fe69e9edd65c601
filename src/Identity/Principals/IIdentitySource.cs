using Sento.Base;

namespace Sento.Identity.Principals;

/// <summary>Where users, roles and their keys are kept: the store's, or one in memory.</summary>
/// <remarks>
/// Any thread. Answers from memory: a sign-in waits for it. Each answer is how things stand now, so that
/// a deleted key is refused at once.
/// </remarks>
public interface IIdentitySource
{
    /// <summary>A long-term key with its owner; null: there is none of this id.</summary>
    AccessKey? FindAccessKey(string accessKeyId);

    /// <summary>A user by its unique id, for the sessions it has made; null: there is none.</summary>
    Principal? FindUser(string uniqueId);

    /// <summary>A user as people call it; null: there is none.</summary>
    Principal? FindUserByName(string name);

    /// <summary>A role by its unique id, for its sessions; null: there is none.</summary>
    Role? FindRole(string uniqueId);
}

/// <summary>An access key. Its secret belongs to the source: read during a call, never kept.</summary>
public sealed record AccessKey(string Id, SecretBytes Secret, bool IsActive, Principal Owner);
