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
/// like, have half of the room, so that they crowd out nobody who was let in, and a bound of lines a second.
/// </remarks>
internal sealed class SignInBook : IDisposable
{
    /// <summary>About a kilobyte each.</summary>
    public const int EntriesMax = 16_384;

    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(2);

    private readonly Channel<AuditEntry> _entries = Channel.CreateBounded<AuditEntry>(
        new BoundedChannelOptions(EntriesMax) { SingleReader = true });

    private readonly Action<AuditEntry> _append;
    private readonly RefusalBound _bound;
    private readonly Task _writing;

    /// <param name="append">Writes one; a fault of the vault's is its own to report. Any thread.</param>
    public SignInBook(Action<AuditEntry> append)
    {
        _append = append;
        _bound = new RefusalBound("SignIn", append);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Never waits.</summary>
    public void Add(AuditEntry entry)
    {
        var hasRoom = entry.Outcome == AuditEntry.Done
            || (_bound.TryTake() && _entries.Reader.Count < EntriesMax / 2);
        if (!hasRoom || !_entries.Writer.TryWrite(entry))
            _bound.LeaveOut();
    }

    /// <summary>Writes what is still there.</summary>
    public void Dispose()
    {
        _entries.Writer.TryComplete();
        _writing.Wait(GoodbyePatience);
        _bound.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (var entry in _entries.Reader.ReadAllAsync())
            _append(entry);
    }
}
