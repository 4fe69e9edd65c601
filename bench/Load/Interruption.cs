using System.Runtime.InteropServices;

namespace Sento.Load;

/// <summary>
/// Turns Ctrl-C and its kin into a token that every wait looks at, so that all children are ended on the way
/// out. The bench runs on its main thread alone: the kernel ends a child when the <em>thread</em> that
/// started it ends (see <see cref="Processes.Child"/>), and only the main thread lives to the end.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Interrupt))];
    }

    /// <summary>
    /// Sleeps; ends early with an <see cref="OperationCanceledException"/> when interrupted.
    /// </summary>
    public void Pause(TimeSpan time)
    {
        _source.Token.WaitHandle.WaitOne(time);
        ThrowIfInterrupted();
    }

    public void ThrowIfInterrupted() => _source.Token.ThrowIfCancellationRequested();

    /// <summary>Asks every 10 ms until the fact holds.</summary>
    /// <returns>False: it did not hold within <paramref name="patience"/>.</returns>
    public bool WaitFor(Func<bool> fact, TimeSpan patience)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!fact())
        {
            if (TimeProvider.System.GetElapsedTime(started) > patience) return false;
            Pause(TimeSpan.FromMilliseconds(10));
        }

        return true;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Interrupt(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _source.Cancel();
    }
}
