using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport;

/// <summary>Bytes that wait for a socket to take them. Empty, and without a buffer, nearly always.</summary>
/// <remarks>
/// It has no hard bound of its own: the owner stops reading the other side above
/// <see cref="Limits.SendQueueHighBytes"/>, so it holds at most that plus one receive.
/// </remarks>
internal sealed class SendQueue(BlockPool pool)
{
    private readonly RingQueue<byte[]> _blocks = new(4);
    private int _headStart;
    private int _tailEnd;

    public int Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_blocks.Count == 0 || _tailEnd == BlockPool.BlockBytes)
            {
                _blocks.Enqueue(pool.Rent());
                _tailEnd = 0;
            }
            var count = Math.Min(bytes.Length, BlockPool.BlockBytes - _tailEnd);
            bytes[..count].CopyTo(_blocks.Last.AsSpan(_tailEnd));
            _tailEnd += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>The oldest bytes that lie together.</summary>
    public ReadOnlySpan<byte> Front
    {
        get
        {
            if (_blocks.Count == 0)
                return default;
            var end = _blocks.Count == 1 ? _tailEnd : BlockPool.BlockBytes;
            return _blocks.Head.AsSpan(_headStart, end - _headStart);
        }
    }

    /// <summary>Where the oldest bytes lie, for one call that sends many pieces.</summary>
    /// <returns>The number of pieces described.</returns>
    public unsafe int Describe(Span<IoVector> pieces)
    {
        var count = Math.Min(pieces.Length, _blocks.Count);
        for (var index = 0; index < count; index++)
        {
            var start = index == 0 ? _headStart : 0;
            var end = index == _blocks.Count - 1 ? _tailEnd : BlockPool.BlockBytes;
            // Blocks of the pool are pinned.
            ref var bytes = ref MemoryMarshal.GetArrayDataReference(_blocks[index]);
            pieces[index].Start = (byte*)Unsafe.AsPointer(ref bytes) + start;
            pieces[index].Length = (nuint)(end - start);
        }
        return count;
    }

    public void Remove(int count)
    {
        Invariant.Holds(count <= Length);
        Length -= count;
        while (count > 0)
        {
            var here = Math.Min(count, Front.Length);
            count -= here;
            _headStart += here;
            var end = _blocks.Count == 1 ? _tailEnd : BlockPool.BlockBytes;
            if (_headStart < end)
                continue;
            pool.Return(_blocks.Dequeue());
            _headStart = 0;
        }
    }

    public void Clear()
    {
        while (_blocks.Count > 0)
            pool.Return(_blocks.Dequeue());
        _headStart = 0;
        _tailEnd = 0;
        Length = 0;
    }
}
