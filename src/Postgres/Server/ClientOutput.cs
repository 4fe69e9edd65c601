using Sento.Base;
using Sento.Transport;

namespace Sento.Postgres.Server;

/// <summary>
/// What goes to the client out of one receive of a server: runs of its bytes, with our own between
/// them.
/// </summary>
/// <remarks>Nearly always one run, sent straight from the receive buffer.</remarks>
internal ref struct ClientOutput(ByteBuffer scratch, ReadOnlySpan<byte> window)
{
    private const int CopyBytesMax = 16 * 1024;
    private readonly ReadOnlySpan<byte> _window = window;
    private int _runStart;
    private int _runEnd;

    public readonly bool IsEmpty => scratch.Length == 0 && _runStart == _runEnd;

    /// <summary>
    /// The bytes from the end of the last ones up to <paramref name="end"/> go to the client.
    /// </summary>
    public void Forward(int start, int end)
    {
        if (_runEnd != start)
        {
            CloseRun();
            _runStart = start;
        }
        _runEnd = end;
    }

    /// <summary>Where our own bytes go: behind everything forwarded so far.</summary>
    public ByteBuffer Insert()
    {
        CloseRun();
        return scratch;
    }

    /// <summary>Bytes that the next <see cref="Flush"/> sends.</summary>
    public readonly int Length => scratch.Length + _runEnd - _runStart;

    /// <summary>Sends everything; there may be no client, then it is dropped.</summary>
    public void Flush(Connection? client)
    {
        if (client is not null && scratch.Length == 0)
        {
            client.Send(_window[_runStart.._runEnd]);
        }
        else if (client is not null)
        {
            if (_runEnd - _runStart <= CopyBytesMax)
            {
                scratch.Write(_window[_runStart.._runEnd]);
                client.Send(scratch.Written);
            }
            else
            {
                client.Send(scratch.Written);
                client.Send(_window[_runStart.._runEnd]);
            }
        }
        scratch.Clear();
        _runStart = _runEnd;
    }

    private void CloseRun()
    {
        scratch.Write(_window[_runStart.._runEnd]);
        _runStart = _runEnd;
    }
}
