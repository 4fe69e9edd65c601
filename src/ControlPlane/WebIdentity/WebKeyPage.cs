using Sento.Identity.WebIdentity;

namespace Sento.ControlPlane.WebIdentity;

/// <summary>
/// One issuer's keys as they were had last, and when to ask again. The last good ones stay in force. Any
/// thread.
/// </summary>
internal sealed class WebKeyPage(WebIssuer issuer, WebKeyPlace place, Action<string> report) : IDisposable
{
    /// <summary>Issuers publish keys before they sign with them.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Between two questions, whatever anybody asks for: tokens can name keys that never were.
    /// </summary>
    private static readonly TimeSpan QuestionsApart = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private WebKeyFetch? _fetch;
    private Task _asking = Task.CompletedTask;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _goodAt = DateTimeOffset.MinValue;
    private string? _fault;
    private volatile WebKeySet? _keys;

    public WebIssuer Issuer => issuer;

    public WebKeyPlace Place => place;

    /// <summary>Null: they could not be had yet.</summary>
    public WebKeySet? Keys => _keys;

    /// <summary>Asks if it is time to; waits for nobody.</summary>
    public void Keep(DateTimeOffset now)
    {
        if (now >= _goodAt + Refresh)
            _ = AskAsync(now);
    }

    /// <summary>
    /// Ends when the keys have been asked for, or need not be: it was done a moment ago. Never throws.
    /// </summary>
    public Task AskAsync(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_asking.IsCompleted && now >= _askedAt + QuestionsApart)
            {
                _askedAt = now;
                _asking = Task.Run(FetchAsync);
            }
            return _asking;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _end.Cancel();
            _fetch?.Dispose();
            _fetch = null;
        }
    }

    private async Task FetchAsync()
    {
        try
        {
            _keys = await Fetch().GetAsync(_end.Token);
            _goodAt = DateTimeOffset.UtcNow;
            if (_fault is not null)
                report($"The keys of {issuer.Issuer} can be had again.");
            _fault = null;
        }
        catch (WebKeyFault fault)
        {
            if (_fault != fault.Message)
                report($"The keys of {issuer.Issuer} can't be had: {fault.Message}. "
                    + (_keys is null ? "Its tokens are refused." : "The last ones stay in force."));
            _fault = fault.Message;
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody trusts the issuer any more, or the process ends.
        }
    }

    private WebKeyFetch Fetch()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
            return _fetch ??= new WebKeyFetch(issuer, place);
        }
    }
}
