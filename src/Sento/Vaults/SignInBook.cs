using System.Threading.Channels;
using Sento.Vault.Auditing;

namespace Sento.Host.Vaults;

/// <summary>
/// Carries sign-ins with tokens, and those that failed, from loop threads into the audit log, whose file no
/// loop may wait for. One writer task; <see cref="Add"/> from any thread.
/// </summary>
/// <remarks>
/// Above a bound of entries not yet written, further ones are counted instead, and the log says how many: a
/// flood fills neither memory nor holds up anybody. Refusals, which strangers can make as many of as they
/// like, have half of the room, so that they crowd out nobody who was let in, and a number of lines a second,
/// so that they don't fill the disk.
/// </remarks>
internal sealed class SignInBook : IDisposable
{
    /// <summary>About a kilobyte each.</summary>
    public const int EntriesMax = 16_384;

    /// <summary>Of refusals, a few hundred bytes each: at most some three gigabytes a day.</summary>
    public const int RefusalsPerSecondMax = 100;

    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    private readonly Channel<AuditEntry> _entries = Channel.CreateBounded<AuditEntry>(
        new BoundedChannelOptions(EntriesMax) { SingleReader = true });

    private readonly Action<AuditEntry> _append;
    private readonly Task _writing;
    private long _leftOut;
    private long _second;
    private int _refusals;

    /// <param name="append">Writes one; a fault of the vault's is its own to report.</param>
    public SignInBook(Action<AuditEntry> append)
    {
        _append = append;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Never waits.</summary>
    public void Add(AuditEntry entry)
    {
        var hasRoom = entry.Outcome == AuditEntry.Done
            || (TryTakeRefusal() && _entries.Reader.Count < EntriesMax / 2);
        if (!hasRoom || !_entries.Writer.TryWrite(entry))
            Interlocked.Increment(ref _leftOut);
    }

    /// <summary>Writes what is still there.</summary>
    public void Dispose()
    {
        _entries.Writer.TryComplete();
        _writing.Wait(GoodbyePatience);
    }

    /// <summary>Two threads at the turn of a second may let through a few more.</summary>
    private bool TryTakeRefusal()
    {
        var second = Environment.TickCount64 / 1000;
        if (Interlocked.Exchange(ref _second, second) != second)
            Interlocked.Exchange(ref _refusals, 0);
        return Interlocked.Increment(ref _refusals) <= RefusalsPerSecondMax;
    }

    private async Task WriteAsync()
    {
        await foreach (var entry in _entries.Reader.ReadAllAsync())
        {
            _append(entry);
            Count(entry.Operation);
        }
        Count("SignIn");
    }

    private void Count(string operation)
    {
        if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var count)
            _append(new AuditEntry
            {
                Principal = "unknown",
                Operation = operation,
                Outcome = $"{count} more, not written down one by one",
            });
    }
}
