namespace Sento.Identity.Principals;

/// <summary>
/// Identities that are all known beforehand: of a configuration file. Immutable; any thread.
/// </summary>
public sealed class MemoryIdentities : IIdentitySource
{
    private readonly Dictionary<string, AccessKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Principal> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Principal> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Role> _roles = new(StringComparer.Ordinal);

    /// <param name="users">Those without a key too; null: nobody has none.</param>
    public MemoryIdentities(
        IEnumerable<AccessKey> keys, IEnumerable<Role>? roles = null, IEnumerable<Principal>? users = null)
    {
        foreach (var user in users ?? [])
            Add(user);
        foreach (var key in keys)
        {
            _keys.Add(key.Id, key);
            Add(key.Owner);
        }
        foreach (var role in roles ?? [])
            _roles.Add(role.UniqueId, role);
    }

    public static MemoryIdentities Nobody { get; } = new([]);

    public IReadOnlyCollection<Principal> Users => _users.Values;

    public IReadOnlyCollection<Role> Roles => _roles.Values;

    public AccessKey? FindAccessKey(string accessKeyId) => _keys.GetValueOrDefault(accessKeyId);

    public Principal? FindUser(string uniqueId) => _users.GetValueOrDefault(uniqueId);

    public Principal? FindUserByName(string name) => _byName.GetValueOrDefault(name);

    public Role? FindRole(string uniqueId) => _roles.GetValueOrDefault(uniqueId);

    private void Add(Principal user)
    {
        _users[user.UniqueId] = user;
        if (user.UserName is { } name)
            _byName[name] = user;
    }
}
