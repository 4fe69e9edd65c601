using System.Runtime.InteropServices;

namespace Sento.Host.Identities;

/// <summary>Bounds what each principal may do in a second. One thread only.</summary>
/// <param name="perSecond">0: no bound.</param>
internal sealed class PrincipalRate(int perSecond)
{
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private long _second;

    public string Words => $"more than TokenSignInsPerSecond, {perSecond}, in one second";

    /// <summary>
    /// Forgets everybody when a new second begins: only who came in this one is remembered.
    /// </summary>
    public bool TryTake(string principal, DateTimeOffset now)
    {
        if (perSecond == 0)
            return true;
        if (now.ToUnixTimeSeconds() != _second)
        {
            _second = now.ToUnixTimeSeconds();
            _taken.Clear();
        }
        ref var taken = ref CollectionsMarshal.GetValueRefOrAddDefault(_taken, principal, out _);
        if (taken >= perSecond)
            return false;
        taken++;
        return true;
    }
}
