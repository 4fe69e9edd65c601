using System.Collections.Concurrent;
using Sento.Host.Aws;
using Sento.Model;
using Sento.Vault;

namespace Sento.Host.Vaults;

/// <summary>
/// What each secret that a configuration names said last. Fills snapshots, and notices changes. Any thread,
/// one at a time.
/// </summary>
/// <remarks>
/// Proxies look up nothing: what they need stands in their snapshot. A source that is out leaves the last
/// good value in force; one far away is asked in the background.
/// </remarks>
internal sealed class SecretBook : IDisposable
{
    /// <summary>
    /// How soon a change of the vault by another process is seen; looking costs microseconds.
    /// </summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks while there is nothing that could change.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For the first answers of sources far away, all together: who starts with them needs no second start.
    /// </summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(5);

    /// <summary>Users of refused sign-ins between two beats; nobody is asked for those beyond.</summary>
    private const int SuspectsMax = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SecretPage> _pages = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _suspects = new(StringComparer.Ordinal);
    // Most have no secret there, and are spared what it loads.
    private readonly Lazy<AwsClient> _aws = new(() => new AwsClient());
    private readonly SecretVault? _vault;
    private readonly VaultSecrets _vaultSecrets;
    private readonly Action<string> _tell;
    private VaultConfig _config = VaultProperties.Blank;
    private HashSet<string> _refusals = [];
    private HashSet<string> _refusalsBefore = [];
    private Timer? _timer;
    private Action? _renew;

    public SecretBook(SecretVault? vault, Action<string> tell)
    {
        _vault = vault;
        _vaultSecrets = new VaultSecrets(vault, () => _config.PasswordOverlap);
        _tell = tell;
    }

    /// <summary>
    /// The snapshot with what the secrets say now; the same object when they say what stands in it.
    /// </summary>
    public ProxySnapshot Resolve(ProxySnapshot snapshot)
    {
        lock (_lock)
        {
            _config = snapshot.Vault;
            foreach (var user in _suspects.Keys)
            {
                _suspects.TryRemove(user, out _);
                foreach (var page in _pages.Values)
                    page.Suspect(user);
            }
            ReadAhead(snapshot);
            (_refusals, _refusalsBefore) = (_refusalsBefore, _refusals);
            _refusals.Clear();
            var changed = false;
            var proxies = snapshot.Proxies.Select(proxy => Resolve(proxy, ref changed)).ToArray();
            return changed ? snapshot with { Proxies = [.. proxies] } : snapshot;
        }
    }

    /// <param name="renew">Called when secrets may have changed; from then on until disposed.</param>
    public void Watch(Action renew)
    {
        _renew = renew;
        if (_vault is not null)
            _vault.Changed += Renew;
        _timer = new Timer(_ => Tick(), null, Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// A user's password was refused, by a server or by us: its source may say another one by now. Never
    /// waits.
    /// </summary>
    public void Suspect(string user)
    {
        // Whoever comes may name a new user each time.
        if (_suspects.Count < SuspectsMax)
            _suspects.TryAdd(user, true);
    }

    public void Dispose()
    {
        if (_vault is not null)
            _vault.Changed -= Renew;
        _timer?.Dispose();
        if (_aws.IsValueCreated)
            _aws.Value.Dispose();
    }

    private void Tick()
    {
        var isIdle = _vault is null && _pages.Count == 0;
        if (!isIdle)
            Renew();
        // Armed anew only now: a slow source must not pile up ticks behind it.
        _timer?.Change(isIdle ? Rest : Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Whoever has written to the vault has done so, whatever becomes of this; and what leaves a timer ends
    /// the process.
    /// </summary>
    private void Renew()
    {
        try
        {
            _renew!();
        }
        catch (Exception fault)
        {
            _tell($"Secrets stay as they were: {FaultWords.Of(fault)}");
        }
    }

    private ProxyConfig Resolve(ProxyConfig proxy, ref bool changed)
    {
        var before = changed;
        var differs = false;
        var secrets = SecretClaims.Settle(
            proxy, [.. proxy.Auth.Select(auth => Resolve(auth.Secret))],
            line => TellOnce($"{proxy.DBProxyName}: {line}"));
        var auths = proxy.Auth.Select((auth, i) =>
        {
            differs |= !secrets[i].Equals(auth.Secret);
            return auth with { Secret = secrets[i] };
        }).ToArray();
        var query = proxy.AuthQuery;
        if (query is not null && Resolve(query.Secret) is { } found && !found.Equals(query.Secret))
        {
            differs = true;
            query = query with { Secret = found };
        }
        changed = before | differs;
        return differs ? proxy with { Auth = [.. auths], AuthQuery = query } : proxy;
    }

    /// <summary>What was told the last time still holds, and is not told again.</summary>
    private void TellOnce(string refusal)
    {
        if (_refusals.Add(refusal) && !_refusalsBefore.Contains(refusal))
            _tell(refusal);
    }

    /// <summary>
    /// Asks what is far away, all at once. A first answer is waited for, by whoever asks first alone.
    /// </summary>
    private void ReadAhead(ProxySnapshot snapshot)
    {
        var now = DateTimeOffset.UtcNow;
        var secrets = snapshot.Proxies
            .SelectMany(proxy => proxy.Auth.Select(auth => auth.Secret).Append(proxy.AuthQuery?.Secret))
            .OfType<SecretConfig>().Where(secret => secret.IsExternal && SecretSources.IsFar(secret.Name));
        var first = new List<SecretPage>();
        foreach (var name in secrets.Select(secret => secret.Name).Distinct())
        {
            var page = PageOf(name);
            if (!page.IsDue(now, _config.RefreshInterval))
                continue;
            Begin(page, name, now);
            if (page.IsBlank)
                first.Add(page);
        }
        foreach (var page in first)
            page.Wait(now + FirstPatience - DateTimeOffset.UtcNow);
    }

    private SecretConfig Resolve(SecretConfig secret)
    {
        if (!secret.IsExternal)
            return secret;
        var page = PageOf(secret.Name);
        var now = DateTimeOffset.UtcNow;
        var isOfVault = !SecretSources.HasPrefix(secret.Name);
        if (!SecretSources.IsFar(secret.Name) && IsDue(page, isOfVault, now))
            Begin(page, secret.Name, now);
        page.Take(now, _config.PasswordOverlap, knowsFormer: isOfVault);
        return page.LastGood ?? secret;
    }

    private SecretPage PageOf(string name)
    {
        if (!_pages.TryGetValue(name, out var page))
            _pages[name] = page = new SecretPage(name, _tell);
        return page;
    }

    private void Begin(SecretPage page, string name, DateTimeOffset now)
    {
        var (reader, id) = SecretSources.Of(
            name, _vaultSecrets, () => new AwsSecrets(_aws.Value, _config.AwsRoleArn));
        page.Begin(reader, id, now);
    }

    /// <summary>Secrets of the vault: at every change, and now and then for the end of the overlap.</summary>
    private bool IsDue(SecretPage page, bool isOfVault, DateTimeOffset now)
    {
        if (!isOfVault || _vault is null)
            return page.IsDue(now, _config.RefreshInterval);
        var revision = _vault.Revision;
        var isDue = revision != page.Revision || now >= page.ReadAt + TimeSpan.FromSeconds(1);
        page.Revision = revision;
        return isDue;
    }
}
