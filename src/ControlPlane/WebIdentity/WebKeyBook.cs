using System.Collections.Immutable;
using Sento.Identity.WebIdentity;

namespace Sento.ControlPlane.WebIdentity;

/// <summary>
/// The issuers whose tokens are trusted, those of the configuration and those of the store, with their keys.
/// Any thread.
/// </summary>
/// <param name="report">Told in words when keys can't be had, and when they can again.</param>
public sealed class WebKeyBook(Action<string> report) : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    /// <summary>Of the store; each is somebody's own act, and costs a question in five minutes.</summary>
    private const int PagesMax = 1000;

    private readonly Lock _lock = new();
    private ImmutableDictionary<string, WebKeyPage> _configured =
        ImmutableDictionary<string, WebKeyPage>.Empty;

    private ImmutableDictionary<string, WebKeyPage> _stored = ImmutableDictionary<string, WebKeyPage>.Empty;
    private Timer? _timer;

    /// <summary>Issuers beside those of the configuration, as they stand now; null: no store.</summary>
    public Func<ImmutableArray<WebIssuer>>? Store { get; set; }

    /// <summary>The configuration was read: these, and no others.</summary>
    public void Apply(IReadOnlyCollection<(WebIssuer Issuer, WebKeyPlace Place)> issuers)
    {
        lock (_lock)
        {
            var before = _configured;
            _configured = issuers.ToImmutableDictionary(
                entry => entry.Issuer.Issuer,
                entry => before.GetValueOrDefault(entry.Issuer.Issuer) is { } known
                    && known.Place == entry.Place
                    && known.Issuer.Audiences.SequenceEqual(entry.Issuer.Audiences)
                        ? known : new WebKeyPage(entry.Issuer, entry.Place, report));
            foreach (var page in before.Values.Except(_configured.Values))
                page.Dispose();
            if (_configured.Count > 0)
                KeepUp();
        }
    }

    /// <summary>Null: nobody trusts it.</summary>
    public WebIssuer? Find(string issuer) => PageOf(issuer)?.Issuer;

    /// <summary>As they are known now; null: they are not.</summary>
    public WebKeySet? KeysOf(WebIssuer issuer) => PageOf(issuer.Issuer)?.Keys;

    /// <summary>
    /// Ends when the issuer was asked for its keys, unless it was just before. Never throws.
    /// </summary>
    public Task AskAsync(WebIssuer issuer) =>
        PageOf(issuer.Issuer)?.AskAsync(DateTimeOffset.UtcNow) ?? Task.CompletedTask;

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            foreach (var page in _configured.Values.Concat(_stored.Values))
                page.Dispose();
        }
    }

    private WebKeyPage? PageOf(string issuer)
    {
        if (_configured.TryGetValue(issuer, out var page))
            return page;
        if (Store is null)
            return null;
        lock (_lock)
        {
            TakeStore();
            if (_stored.Count > 0)
                KeepUp();
            return _stored.GetValueOrDefault(issuer);
        }
    }

    private void TakeStore()
    {
        var before = _stored;
        _stored = Store!().Take(PagesMax).ToImmutableDictionary(
            issuer => issuer.Issuer,
            issuer => before.GetValueOrDefault(issuer.Issuer) is { } known
                && known.Issuer.Audiences.SequenceEqual(issuer.Audiences)
                    ? known : new WebKeyPage(issuer, WebKeyPlace.ByDiscovery, report));
        foreach (var page in before.Values.Except(_stored.Values))
            page.Dispose();
    }

    private void KeepUp()
    {
        _timer ??= new Timer(_ => Keep(), null, Beat, Beat);
        Keep();
    }

    private void Keep()
    {
        foreach (var page in _configured.Values.Concat(_stored.Values))
            page.Keep(DateTimeOffset.UtcNow);
    }
}
