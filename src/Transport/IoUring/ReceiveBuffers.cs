namespace Sento.Transport.IoUring;

/// <summary>
/// The buffers that the kernel receives into: one ring for all sockets of a loop, registered with it.
/// </summary>
/// <remarks>
/// A buffer is lent from the moment in which bytes arrive until their handler has returned: nobody can keep
/// one. They come back in the order in which the kernel took them, so that bytes of one socket that fill
/// several buffers lie together.
/// </remarks>
internal sealed unsafe class ReceiveBuffers : IDisposable
{
    public const ushort Group = 1;

    /// <summary>So many go round at first: few enough to stay in the processor's cache.</summary>
    private const uint FirstCount = 64;

    private readonly uint _count;
    private readonly byte* _bytes;
    private readonly RingBuffer* _entries;
    private ushort _tail;
    private uint _lent;

    private ReceiveBuffers(uint count, int bytesEach, byte* bytes, byte* entries)
    {
        _count = count;
        BytesEach = bytesEach;
        _bytes = bytes;
        _entries = (RingBuffer*)entries;
    }

    public int BytesEach { get; }

    private nuint AllBytes => _count * (nuint)BytesEach;

    private nuint EntriesBytes => _count * (nuint)sizeof(RingBuffer);

    /// <summary>Null with the error number when the kernel refuses. The count is a power of two.</summary>
    public static ReceiveBuffers? TryRegister(Ring ring, uint count, int bytesEach, out int error)
    {
        var bytes = RingCalls.MapPages(count * (nuint)bytesEach);
        var entries = RingCalls.MapPages(count * (nuint)sizeof(RingBuffer));
        error = bytes == null || entries == null ? Native.ENOMEM : 0;
        var buffers = new ReceiveBuffers(count, bytesEach, bytes, entries);
        if (error == 0)
        {
            var registration = new BufferRegistration
            {
                Address = (ulong)entries,
                Count = count,
                Group = Group,
            };
            if (RingCalls.Register(ring.Descriptor, RingCalls.RegisterBufferRing, &registration, 1) < 0)
                error = Native.LastError;
        }
        if (error != 0)
        {
            buffers.Dispose();
            return null;
        }
        buffers._lent = Math.Min(count, FirstCount);
        buffers.Return(0, (int)buffers._lent);
        return buffers;
    }

    public ReadOnlySpan<byte> Bytes(int first, int length) => new(_bytes + (nint)first * BytesEach, length);

    /// <summary>Lends the kernel these buffers again.</summary>
    public void Return(int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            ref var entry = ref _entries[_tail++ & (_count - 1)];
            entry.Address = (ulong)(_bytes + (nint)number * BytesEach);
            entry.Length = (uint)BytesEach;
            entry.Number = (ushort)number;
        }
        Volatile.Write(ref _entries[0].Tail, _tail);
    }

    /// <summary>There were not enough: twice as many from now on, up to all.</summary>
    public void Grow()
    {
        var more = Math.Min(_lent, _count - _lent);
        Return((int)_lent, (int)more);
        _lent += more;
    }

    /// <summary>Only after the ring has been closed.</summary>
    public void Dispose()
    {
        RingCalls.Unmap(_bytes, AllBytes);
        RingCalls.Unmap(_entries, EntriesBytes);
    }
}
