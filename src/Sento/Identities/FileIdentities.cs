using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Model;

namespace Sento.Host.Identities;

/// <summary>The users of a configuration as principals. Its policies have been checked.</summary>
internal static class FileIdentities
{
    public static MemoryIdentities From(IdentitiesConfig config, string account)
    {
        var users = config.Users.Select(user => (user, principal: PrincipalOf(user, account))).ToList();
        return new MemoryIdentities(
            from pair in users
            from key in pair.user.AccessKeys
            select new AccessKey(key.AccessKeyId, key.Secret, key.IsActive, pair.principal),
            users: users.Select(pair => pair.principal));
    }

    public static Principal PrincipalOf(UserConfig user, string account)
    {
        var arn = $"arn:aws:iam::{account}:user/{user.UserName}";
        var tags = System.Collections.Immutable.ImmutableDictionary.CreateBuilder<string, string>(
            StringComparer.OrdinalIgnoreCase);
        foreach (var tag in user.Tags)
            tags[tag.Key] = tag.Value;
        return new Principal
        {
            Kind = PrincipalKind.User,
            Account = account,
            Arn = arn,
            // A file remembers nothing: the same name is the same user.
            UniqueId = "AIDA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(arn)))[..17],
            UserName = user.UserName,
            Tags = tags.ToImmutable(),
            Policies = [.. user.Policies.Select(policy =>
                new AttachedPolicy($"policy {policy.PolicyName} of user {user.UserName}", Read(policy)))],
        };
    }

    private static PolicyDocument Read(PolicyConfig policy)
    {
        var reading = PolicyDocument.Parse(policy.Document, PolicyUse.Identity);
        Invariant.Holds(reading.Document is not null);
        return reading.Document;
    }
}
