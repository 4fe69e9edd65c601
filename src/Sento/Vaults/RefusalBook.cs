using System.Threading.Channels;
using Sento.Vault.Auditing;

namespace Sento.Host.Vaults;

/// <summary>
/// Carries refused sign-ins from loop threads into the audit log, whose file no loop may wait for. One writer
/// task; <see cref="Add"/> from any thread.
/// </summary>
/// <remarks>
/// Above <see cref="EntriesMax"/> entries not yet written, further ones are counted instead, and the log says
/// how many: a flood of bad tokens fills neither memory nor holds up anybody.
/// </remarks>
internal sealed class RefusalBook : IDisposable
{
    /// <summary>About a kilobyte each.</summary>
    public const int EntriesMax = 4096;

    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    private readonly Channel<AuditEntry> _entries = Channel.CreateBounded<AuditEntry>(
        new BoundedChannelOptions(EntriesMax) { SingleReader = true });

    private readonly Action<AuditEntry> _append;
    private readonly Task _writing;
    private long _leftOut;

    /// <param name="append">Writes one; a fault of the vault's is its own to report.</param>
    public RefusalBook(Action<AuditEntry> append)
    {
        _append = append;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Never waits.</summary>
    public void Add(AuditEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
            Interlocked.Increment(ref _leftOut);
    }

    /// <summary>Writes what is still there.</summary>
    public void Dispose()
    {
        _entries.Writer.TryComplete();
        _writing.Wait(GoodbyePatience);
    }

    private async Task WriteAsync()
    {
        await foreach (var entry in _entries.Reader.ReadAllAsync())
        {
            _append(entry);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var count)
                _append(entry with { Target = null, Principal = "unknown", Source = null, By = null,
                    Outcome = $"{count} more refused" });
        }
    }
}
