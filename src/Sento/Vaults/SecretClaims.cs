using Sento.Base;
using Sento.Model;

namespace Sento.Host.Vaults;

/// <summary>
/// Whether what a secret of another source says may be taken over by its entry of Auth. Whoever may write one
/// secret must not become another's user by it, nor let anybody in without a password. Pure.
/// </summary>
internal static class SecretClaims
{
    /// <param name="proxy">With what its entries' secrets said before.</param>
    /// <param name="found">What they say now, entry by entry.</param>
    /// <param name="tell">Told of each one that was not taken over, in words.</param>
    /// <returns>What holds, entry by entry; a secret without a user lets nobody in.</returns>
    public static SecretConfig[] Settle(
        ProxyConfig proxy, IReadOnlyList<SecretConfig> found, Action<string> tell)
    {
        var holders = new Dictionary<string, string>(StringComparer.Ordinal);
        var settled = new SecretConfig[found.Count];
        // Who has a name keeps it; of those who come to it the first.
        var order = Enumerable.Range(0, found.Count)
            .OrderBy(i => found[i].UserName == proxy.Auth[i].Secret.UserName ? 0 : 1);
        foreach (var i in order)
            settled[i] = Settle(proxy.Auth[i], found[i], holders, tell);
        return settled;
    }

    private static SecretConfig Settle(
        AuthConfig auth, SecretConfig found, Dictionary<string, string> holders, Action<string> tell)
    {
        if (!found.IsExternal || FaultOf(auth, found, holders) is not { } fault)
        {
            if (found.UserName.Length > 0)
                holders.TryAdd(found.UserName, found.Name);
            return found;
        }
        var before = auth.Secret;
        var keeps = before.UserName.Length > 0 && FaultOf(auth, before, holders) is null;
        tell($"Secret \"{found.Name}\" is not taken over: {fault}. "
            + (keeps ? "The last good value stays in force." : "Nobody can sign in by it."));
        if (!keeps)
            return new SecretConfig(found.Name, "", new SecretBytes([])) { IsExternal = true };
        holders.Add(before.UserName, before.Name);
        return before;
    }

    private static string? FaultOf(AuthConfig auth, SecretConfig secret, Dictionary<string, string> holders)
    {
        if (secret.UserName.Length > 0 && !(auth with { Secret = secret }).HasUser)
            return "it has no password";
        return holders.TryGetValue(secret.UserName, out var holder)
            ? $"user \"{secret.UserName}\" already has an entry, by secret \"{holder}\"" : null;
    }
}
