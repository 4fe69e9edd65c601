using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.Epoll;

/// <summary>
/// The driver that always works: level-triggered epoll, sockets registered once, one receive an event.
/// </summary>
/// <remarks>
/// In steady state there is no epoll_ctl: interest changes only when a receive becomes ready while nobody
/// wants it, or when a socket takes less than all. Events carry a generation, because a descriptor can be
/// closed and used again inside one batch.
/// </remarks>
internal sealed unsafe class EpollDriver : ILoopDriver
{
    private const int EventsPerPoll = 256;
    private const uint WakeSlot = uint.MaxValue;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly EpollEvent* _events;
    private Channel?[] _channels = new Channel?[64];
    private readonly Stack<int> _freeSlots = new();
    private readonly Sends _sends = new();
    private int _slotsUsed;
    private int _woken;
    private uint _lastGeneration;

    public EpollDriver()
    {
        _epoll = Native.epoll_create1(Native.EPOLL_CLOEXEC);
        _wake = Native.eventfd(0, Native.EFD_CLOEXEC | Native.EFD_NONBLOCK);
        Invariant.Holds(_epoll >= 0 && _wake >= 0);
        _events = (EpollEvent*)NativeMemory.Alloc(EventsPerPoll, (nuint)sizeof(EpollEvent));
        var wake = new EpollEvent { Events = Native.EPOLLIN, Slot = WakeSlot };
        Native.epoll_ctl(_epoll, Native.EPOLL_CTL_ADD, _wake, &wake);
    }

    public string Name => "epoll";

    public void Open(Channel channel)
    {
        Invariant.Holds(channel.Slot < 0);
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _slotsUsed++;
            if (slot == _channels.Length)
                Array.Resize(ref _channels, slot * 2);
        }
        _channels[slot] = channel;
        channel.Slot = slot;
        channel.Generation = ++_lastGeneration;
        channel.Interest = channel.ReceiveWanted ? Native.EPOLLIN | Native.EPOLLRDHUP : 0;
        Control(Native.EPOLL_CTL_ADD, channel);
    }

    public void Close(Channel channel)
    {
        if (channel is Connection connection)
            _sends.Abandon(connection);
        if (channel.Slot >= 0)
        {
            _channels[channel.Slot] = null;
            _freeSlots.Push(channel.Slot);
            channel.Slot = -1;
        }
        // With the socket goes what the kernel watches of it; what it has told already is of an old
        // generation.
        _ = Native.close(channel.Descriptor);
    }

    public void WantReceive(Channel channel, bool wanted)
    {
        channel.ReceiveWanted = wanted;
        // Unwanting is lazy: most often it is wanted again before anything arrives.
        if (wanted && channel.Slot >= 0 && (channel.Interest & Native.EPOLLIN) == 0)
            SetInterest(channel, channel.Interest | Native.EPOLLIN | Native.EPOLLRDHUP);
    }

    public void WantSend(Channel channel, bool wanted)
    {
        channel.SendWanted = wanted;
        if (channel.Slot < 0)
            return;
        // What leaves when the turn ends tells then, without help of the socket.
        var isWatched = channel.InFlight is { } block ? block.Stage == SendStage.Patient : wanted;
        var interest = isWatched ? channel.Interest | Native.EPOLLOUT : channel.Interest & ~Native.EPOLLOUT;
        if (interest != channel.Interest)
            SetInterest(channel, interest);
    }

    public int Send(Connection connection, ReadOnlySpan<byte> bytes) => _sends.Send(connection, bytes);

    public bool TryTakeBack(Connection connection) => _sends.TryTakeBack(connection);

    public void Poll(int milliseconds)
    {
        if (_sends.Flush())
            milliseconds = 0;
        var count = Native.epoll_wait(_epoll, _events, EventsPerPoll, milliseconds);
        for (var i = 0; i < count; i++)
        {
            ref var entry = ref _events[i];
            if (entry.Slot == WakeSlot)
            {
                ulong value;
                _ = Native.read(_wake, &value, sizeof(ulong));
                Volatile.Write(ref _woken, 0);
                continue;
            }
            var channel = _channels[entry.Slot];
            if (channel is not null && channel.Generation == entry.Generation)
                Dispatch(channel, entry.Events);
        }
    }

    public void End() => _sends.Flush();

    public void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) != 0)
            return;
        ulong one = 1;
        _ = Native.write(_wake, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        _ = Native.close(_wake);
        _ = Native.close(_epoll);
        _sends.Dispose();
        NativeMemory.Free(_events);
    }

    private void Dispatch(Channel channel, uint events)
    {
        var generation = channel.Generation;
        if ((events & (Native.EPOLLOUT | Native.EPOLLERR | Native.EPOLLHUP)) != 0
            && (channel.SendWanted || channel.InFlight is not null))
        {
            OnWritable(channel);
            if (channel.Slot < 0 || channel.Generation != generation)
                return;
        }
        const uint Readable = Native.EPOLLIN | Native.EPOLLRDHUP | Native.EPOLLHUP | Native.EPOLLERR;
        if ((events & Readable) == 0)
            return;
        if (channel.ReceiveWanted)
            channel.OnReadable();
        else if ((events & (Native.EPOLLHUP | Native.EPOLLERR)) != 0)
            channel.OnHangUp();
        else
            SetInterest(channel, channel.Interest & ~(Native.EPOLLIN | Native.EPOLLRDHUP));
    }

    private void OnWritable(Channel channel)
    {
        if (channel.InFlight is not null)
        {
            var connection = (Connection)channel;
            _sends.Continue(connection);
            if (channel.Slot < 0 || channel.InFlight is not null)
                return;
        }
        if (channel.SendWanted) channel.OnWritable();
        else WantSend(channel, false);
    }

    private void SetInterest(Channel channel, uint interest)
    {
        channel.Interest = interest;
        Control(Native.EPOLL_CTL_MOD, channel);
    }

    private void Control(int operation, Channel channel)
    {
        var entry = new EpollEvent
        {
            Events = channel.Interest,
            Slot = (uint)channel.Slot,
            Generation = channel.Generation,
        };
        var result = Native.epoll_ctl(_epoll, operation, channel.Descriptor, &entry);
        Invariant.Holds(result == 0);
    }

    /// <summary>epoll_event: packed on x86-64, aligned elsewhere.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct EpollEvent
    {
        public uint Events;
        public uint Slot;
        public uint Generation;
    }
}
