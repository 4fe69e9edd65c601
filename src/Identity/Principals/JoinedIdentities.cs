using System.Collections.Immutable;

namespace Sento.Identity.Principals;

/// <summary>Several sources as one: whoever the first does not know is asked of the next.</summary>
public sealed class JoinedIdentities(params ImmutableArray<IIdentitySource> sources) : IIdentitySource
{
    public AccessKey? FindAccessKey(string accessKeyId) => Find(source => source.FindAccessKey(accessKeyId));

    public Principal? FindUser(string uniqueId) => Find(source => source.FindUser(uniqueId));

    public Principal? FindUserByName(string name) => Find(source => source.FindUserByName(name));

    public Role? FindRole(string uniqueId) => Find(source => source.FindRole(uniqueId));

    private T? Find<T>(Func<IIdentitySource, T?> ask)
        where T : class
    {
        foreach (var source in sources)
        {
            if (ask(source) is { } found)
                return found;
        }
        return null;
    }
}
