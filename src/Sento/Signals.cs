using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Sento.Host;

/// <summary>What somebody outside wants of the process.</summary>
internal enum Signal { Reload, Stop }

/// <summary>
/// Turns POSIX signals into a queue that the process's life reads: SIGHUP; SIGTERM, SIGINT and SIGQUIT.
/// </summary>
internal sealed class Signals : IDisposable
{
    // Nobody means more than a few signals; what comes beyond them says nothing new.
    private const int WaitingMax = 16;

    private readonly Channel<Signal> _waiting = Channel.CreateBounded<Signal>(WaitingMax);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Signals()
    {
        Register(PosixSignal.SIGHUP, Signal.Reload);
        Register(PosixSignal.SIGTERM, Signal.Stop);
        Register(PosixSignal.SIGINT, Signal.Stop);
        Register(PosixSignal.SIGQUIT, Signal.Stop);
    }

    public ChannelReader<Signal> Reader => _waiting.Reader;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Register(PosixSignal from, Signal to)
    {
        _registrations.Add(PosixSignalRegistration.Create(from, signal =>
        {
            // Else the runtime would end the process by itself.
            signal.Cancel = true;
            _waiting.Writer.TryWrite(to);
        }));
    }
}
