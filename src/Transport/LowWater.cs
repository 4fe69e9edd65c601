using Sento.Base;

namespace Sento.Transport;

/// <summary>
/// In the middle of something large a socket need not wake its reader for every few bytes: SO_RCVLOWAT says
/// how many shall be there first.
/// </summary>
/// <remarks>
/// Where it is certain what comes, the mark is never above it, so nothing that is complete waits. Where it is
/// not, in the middle of a flood, the loop takes the mark away once nothing has come for a millisecond. The
/// kernel wakes the reader sooner where the stream ends, breaks, or fills its memory (tcp_epollin_ready).
/// Until <see cref="Settle"/> has run a mark may be too high, for bytes that had left the kernel uncounted.
/// </remarks>
internal sealed class LowWater(Connection connection)
{
    /// <summary>Half of what is read in one go: the next piece comes while this one leaves.</summary>
    private const int CertainMax = 128 * 1024;

    /// <summary>Of a flood; what can be held up by it is less than that.</summary>
    private const int Flood = 64 * 1024;

    /// <summary>Pieces that make a flood: fewer bytes may be an answer that somebody waits for.</summary>
    private const int PieceMin = 4096;

    /// <summary>So many of them in a row, each within the time that the mark would wait.</summary>
    private const int PiecesMin = 8;

    private static readonly TimeSpan WaitMax = TimeSpan.FromMilliseconds(1);

    private LoopTime _lastAt;
    private int _due;
    private int _mark;
    private int _pieces;
    private bool _isBulk;
    private bool _isWatched;

    /// <summary>Less than this is not worth the calls that change the mark.</summary>
    public const int CertainMin = 32 * 1024;

    /// <param name="bytes">So many more are certain to come, behind those that have been counted.</param>
    /// <param name="isBulk">Much has come, and whoever gets it does not wait for its last bytes.</param>
    public void Expect(int bytes, bool isBulk)
    {
        _due = bytes;
        _isBulk = isBulk;
    }

    /// <summary>So many have come.</summary>
    public void Count(int bytes)
    {
        _due = Math.Max(0, _due - bytes);
        if (!_isBulk)
            return;
        var now = connection.Loop.Now;
        _pieces = bytes >= PieceMin && now - _lastAt < WaitMax ? _pieces + 1 : 0;
        _lastAt = now;
    }

    /// <summary>Tells the kernel, where that changes anything.</summary>
    public void Settle()
    {
        Set(_due >= CertainMin ? Math.Min(_due, CertainMax) : _isBulk && _pieces >= PiecesMin ? Flood : 0);
        if (_mark <= _due || _isWatched)
            return;
        _isWatched = true;
        connection.Loop.Watch(this);
    }

    /// <summary>Takes the mark away when it has waited long enough.</summary>
    /// <returns>False: there is nothing more to watch.</returns>
    public bool Check()
    {
        _isWatched = !connection.IsClosed && _mark > _due && connection.Loop.Now - _lastAt < WaitMax;
        if (_isWatched || connection.IsClosed || _mark <= _due)
            return _isWatched;
        _pieces = 0;
        Set(0);
        return false;
    }

    private unsafe void Set(int mark)
    {
        if (mark == _mark)
            return;
        _mark = mark;
        _ = Native.setsockopt(
            connection.Descriptor, Native.SOL_SOCKET, Native.SO_RCVLOWAT, &mark, sizeof(int));
    }
}
