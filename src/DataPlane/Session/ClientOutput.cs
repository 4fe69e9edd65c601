using Sento.Base;
using Sento.Transport;

namespace Sento.DataPlane.Session;

/// <summary>
/// What goes to a client out of one receive of a server: runs of its bytes, with our own between them.
/// </summary>
/// <remarks>
/// It belongs to one client at a time. While a receive is walked the server connection may be given to the
/// next client: what was gathered for the one before is then dropped, never sent to the other. Nearly always
/// it is one run, sent straight from the receive buffer.
/// </remarks>
/// <param name="scratch">The loop's buffer for our own bytes.</param>
/// <param name="window">What was received.</param>
/// <param name="client">Who holds the server connection now; null: nobody.</param>
public ref struct ClientOutput(ByteBuffer scratch, ReadOnlySpan<byte> window, ClientSession? client)
{
    private const int CopyBytesMax = 16 * 1024;
    private readonly ReadOnlySpan<byte> _window = window;
    private ClientSession? _client = client;
    private int _runStart;
    private int _runEnd;

    public readonly bool IsEmpty => scratch.Length == 0 && _runStart == _runEnd;

    /// <summary>Bytes that the next <see cref="Flush"/> sends.</summary>
    public readonly int Length => scratch.Length + _runEnd - _runStart;

    /// <summary>To be said before each message: who holds the server connection now.</summary>
    /// <param name="holder">Null: nobody; what is gathered is dropped.</param>
    public void BelongTo(ClientSession? holder)
    {
        if (ReferenceEquals(holder, _client))
            return;
        Clear();
        _client = holder;
    }

    /// <summary>The bytes of the window from start up to end go to the client.</summary>
    public void Forward(int start, int end)
    {
        if (_client is null)
            return;
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

    /// <summary>Sends everything, if its client still holds the server connection.</summary>
    /// <param name="holder">Who holds it now.</param>
    public void Flush(ClientSession? holder)
    {
        BelongTo(holder);
        if (holder is { IsEnded: false })
            SendTo(holder.Connection);
        Clear();
    }

    private readonly void SendTo(Connection connection)
    {
        var run = _window[_runStart.._runEnd];
        if (scratch.Length == 0)
        {
            connection.Send(run);
        }
        else if (run.Length <= CopyBytesMax)
        {
            scratch.Write(run);
            connection.Send(scratch.Written);
        }
        else
        {
            connection.Send(scratch.Written);
            connection.Send(run);
        }
    }

    private void Clear()
    {
        scratch.Clear();
        _runStart = _runEnd;
    }

    private void CloseRun()
    {
        scratch.Write(_window[_runStart.._runEnd]);
        _runStart = _runEnd;
    }
}
