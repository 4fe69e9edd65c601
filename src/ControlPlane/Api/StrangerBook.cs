using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Api;

/// <summary>
/// Writes down refused requests that nobody known has made: not more of them, nor longer ones, than the disk
/// can bear. Any thread.
/// </summary>
internal sealed class StrangerBook : IDisposable
{
    private const int TargetCharactersMax = 256;

    private readonly AuditLog _log;
    private readonly RefusalBound _bound;

    /// <param name="report">Told why the line that counts could not be written.</param>
    public StrangerBook(AuditLog log, Action<string> report)
    {
        _log = log;
        _bound = new RefusalBound("unknown", entry => WriteCount(entry, report));
    }

    /// <exception cref="VaultFault">It can't be written.</exception>
    public void Add(AuditEntry entry)
    {
        if (_bound.TryTake())
            _log.Append(
                entry with { Target = AuditEntry.Short(entry.Target, TargetCharactersMax) },
                isDurable: false);
        else
            _bound.LeaveOut();
    }

    public void Dispose() => _bound.Dispose();

    private void WriteCount(AuditEntry entry, Action<string> report)
    {
        try
        {
            _log.Append(entry, isDurable: false);
        }
        catch (VaultFault fault)
        {
            report(fault.Message);
        }
    }
}
