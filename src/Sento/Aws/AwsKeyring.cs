using System.Collections.Concurrent;
using Amazon.Runtime;

namespace Sento.Host.Aws;

/// <summary>
/// AWS's credentials of ours in memory, renewed in the background: for those who must not wait. Any thread.
/// </summary>
/// <param name="report">Told in words when there are none, and when there are again.</param>
internal sealed class AwsKeyring(Action<string> report) : IDisposable
{
    /// <summary>The SDK itself renews them some minutes before their end, when it is asked.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(30);

    private const string Ourselves = "";

    private readonly AwsCredentials _credentials = new();
    private readonly ConcurrentDictionary<string, Keys> _known = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();
    private Timer? _timer;

    /// <summary>Has them ready from now on; ends when they are there, or can't be had.</summary>
    public Task PrepareAsync(string? roleArn)
    {
        _timer ??= new Timer(_ => RenewAll(), null, Beat, Beat);
        return _known.GetOrAdd(roleArn ?? Ourselves, role => new Keys(role)).First ??= RenewAsync(roleArn);
    }

    /// <summary>Null: there are none yet; why, was reported.</summary>
    public ImmutableCredentials? Find(string? roleArn) =>
        _known.GetValueOrDefault(roleArn ?? Ourselves)?.Found;

    public void Dispose()
    {
        _end.Cancel();
        _timer?.Dispose();
        _end.Dispose();
    }

    private void RenewAll()
    {
        foreach (var role in _known.Keys)
            _ = RenewAsync(role == Ourselves ? null : role);
    }

    private async Task RenewAsync(string? roleArn)
    {
        var keys = _known[roleArn ?? Ourselves];
        try
        {
            keys.Found = await _credentials.GetAsync(roleArn, _end.Token);
            if (keys.Fault is not null)
                report("AWS's credentials can be had again.");
            keys.Fault = null;
        }
        catch (AwsFault fault)
        {
            // Those that were had last may be good for a while; the server says when they are not.
            if (keys.Fault != fault.Message)
                report($"{fault.Message}. "
                    + (keys.Found is null ? "Targets can't be signed in to." : "The last ones stay in use."));
            keys.Fault = fault.Message;
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The process ends.
        }
    }

    private sealed class Keys(string role)
    {
        private volatile ImmutableCredentials? _found;
        private volatile string? _fault;

        public Task? First { get; set; }

        public ImmutableCredentials? Found
        {
            get => _found;
            set => _found = value;
        }

        public string? Fault
        {
            get => _fault;
            set => _fault = value;
        }

        public override string ToString() => role;
    }
}
