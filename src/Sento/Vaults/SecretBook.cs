using Sento.Model;
using Sento.Vault;

namespace Sento.Host.Vaults;

/// <summary>
/// What each secret that a configuration names said last. Fills snapshots, and notices changes. Any thread,
/// one at
/// a time.
/// </summary>
/// <remarks>
/// Proxies look up nothing: what they need stands in their snapshot. A source that is out leaves the last
/// good
/// value in force.
/// </remarks>
internal sealed class SecretBook : IDisposable
{
    /// <summary>
    /// How soon a change of the vault by another process is seen; looking costs microseconds.
    /// </summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks while there is nothing that could change.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);
    private readonly SecretVault? _vault;
    private readonly VaultSecrets _vaultSecrets;
    private readonly Action<string> _tell;
    private VaultConfig _config = VaultProperties.Blank;
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

    public void Dispose()
    {
        if (_vault is not null)
            _vault.Changed -= Renew;
        _timer?.Dispose();
    }

    private void Tick()
    {
        var isIdle = _vault is null && _pages.Count == 0;
        if (!isIdle)
            Renew();
        // Armed anew only now: a slow source must not pile up ticks behind it.
        _timer?.Change(isIdle ? Rest : Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whoever has written to the vault has done so, whatever becomes of this.</summary>
    private void Renew()
    {
        try
        {
            _renew!();
        }
        catch (Exception fault) when (fault is VaultFault or TimeoutException)
        {
            _tell($"Secrets stay as they were: {fault.Message}");
        }
    }

    private ProxyConfig Resolve(ProxyConfig proxy, ref bool changed)
    {
        var before = changed;
        var differs = false;
        var auths = proxy.Auth.Select(auth =>
        {
            var secret = Resolve(auth.Secret);
            differs |= !secret.Equals(auth.Secret);
            return auth with { Secret = secret };
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

    private SecretConfig Resolve(SecretConfig secret)
    {
        if (!secret.IsExternal)
            return secret;
        if (!_pages.TryGetValue(secret.Name, out var page))
            _pages[secret.Name] = page = new Page();
        var now = DateTimeOffset.UtcNow;
        if (IsDue(secret.Name, page, now))
            Read(secret, page, now);
        return page.LastGood ?? secret;
    }

    /// <summary>Secrets of the vault: at every change, and now and then for the end of the overlap.</summary>
    private bool IsDue(string name, Page page, DateTimeOffset now)
    {
        if (SecretSources.HasPrefix(name) || _vault is null)
            return now >= page.ReadAt + _config.RefreshInterval;
        var revision = _vault.Revision;
        var isDue = revision != page.Revision || now >= page.ReadAt + TimeSpan.FromSeconds(1);
        page.Revision = revision;
        return isDue;
    }

    private void Read(SecretConfig secret, Page page, DateTimeOffset now)
    {
        page.ReadAt = now;
        var (reader, id) = SecretSources.Of(secret.Name, _vaultSecrets);
        try
        {
            var found = reader.ReadAsync(id, secret.Name, now, CancellationToken.None).GetAwaiter(
                ).GetResult();
            if (page.Fault is not null)
                _tell($"Secret \"{secret.Name}\" can be read again.");
            page.Fault = null;
            if (page.LastGood is null || !page.LastGood.Equals(found))
                page.LastGood = found;
        }
        catch (Exception error) when (error is SecretFault or VaultFault)
        {
            if (page.Fault != error.Message)
                _tell($"Secret \"{secret.Name}\" can't be read: {error.Message}. "
                    + (page.LastGood is null ? "Its user can't sign in."
                        : "The last good value stays in force."));
            page.Fault = error.Message;
        }
    }

    private sealed class Page
    {
        public SecretConfig? LastGood { get; set; }

        public string? Fault { get; set; }

        public DateTimeOffset ReadAt { get; set; } = DateTimeOffset.MinValue;

        public long Revision { get; set; } = -1;
    }
}
