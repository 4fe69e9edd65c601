using System.Collections.Immutable;
using Sento.Model;

namespace Sento.DataPlane.Pool;

/// <summary>Whose server connections were opened with what does not hold any more. Pure.</summary>
internal static class AuthChange
{
    /// <summary>
    /// Users of entries that are gone, are new, or have another user or password now: both of its users.
    /// </summary>
    /// <remarks>
    /// Passwords on their way in or out are no reason: connections that stand are as good as they were.
    /// </remarks>
    public static HashSet<string> Users(ImmutableArray<AuthConfig> before, ImmutableArray<AuthConfig> after)
    {
        var users = new HashSet<string>(StringComparer.Ordinal);
        foreach (var auth in before)
        {
            var same = after.FirstOrDefault(other => other.SecretArn == auth.SecretArn);
            if (same is not null && same.Secret with { Others = [] } == auth.Secret with { Others = [] })
                continue;
            users.Add(auth.Secret.UserName);
            // Whoever proves its password from now on must not get what another had opened under that name.
            if (same is not null)
                users.Add(same.Secret.UserName);
        }
        // Opened by what a client had shown of itself, while no secret held its password.
        foreach (var auth in after)
        {
            if (before.All(other => other.SecretArn != auth.SecretArn))
                users.Add(auth.Secret.UserName);
        }
        return users;
    }
}
