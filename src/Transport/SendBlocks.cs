using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport;

internal enum SendStage : byte
{
    Free,

    /// <summary>It leaves when the turn ends.</summary>
    Prompt,

    /// <summary>The socket did not take all: the rest leaves when it does.</summary>
    Patient,
}

/// <summary>A small message on its way into the kernel.</summary>
internal sealed unsafe class SendBlock(int index, byte* bytes)
{
    public int Index { get; } = index;

    public byte* Bytes { get; } = bytes;

    /// <summary>Null: closed meanwhile.</summary>
    public Connection? Sender { get; set; }

    public SendStage Stage { get; set; }

    public int Start { get; set; }

    public int End { get; set; }

    /// <summary>The number of its operation in the ring; unused on epoll.</summary>
    public uint Submission { get; set; }

    /// <summary>What the kernel said about it; 0: nothing, so all was sent.</summary>
    public int Result { get; set; }

    public int Length => End - Start;
}

/// <summary>
/// Memory for small messages between their handler and the call that hands them in. The last one given back
/// is the next one used.
/// </summary>
internal sealed unsafe class SendBlocks : IDisposable
{
    /// <summary>As with the buffers received into, a cache line more than a page.</summary>
    public const int BlockBytes = 4096 + 64;

    /// <summary>Blocks of one loop, 17 MB; above it sockets are written to directly.</summary>
    public const int BlocksMax = 4096;

    private const int BlocksPerSlab = 64;

    private readonly List<nint> _slabs = [];
    private readonly List<SendBlock> _all = [];
    private readonly Stack<SendBlock> _free = new();

    public int InUse => _all.Count - _free.Count;

    public SendBlock this[int index] => _all[index];

    /// <summary>Null: all are in use.</summary>
    public SendBlock? TryTake()
    {
        if (_free.Count == 0 && !TryGrow())
            return null;
        return _free.Pop();
    }

    public void Return(SendBlock block)
    {
        Invariant.Holds(block.Stage != SendStage.Free);
        block.Stage = SendStage.Free;
        block.Sender = null;
        _free.Push(block);
    }

    /// <summary>Only when the kernel reads none of them any more.</summary>
    public void Dispose()
    {
        foreach (var slab in _slabs)
            NativeMemory.Free((void*)slab);
    }

    private bool TryGrow()
    {
        if (_all.Count >= BlocksMax)
            return false;
        var slab = (byte*)NativeMemory.Alloc(BlocksPerSlab, BlockBytes);
        _slabs.Add((nint)slab);
        for (var i = 0; i < BlocksPerSlab; i++)
        {
            var block = new SendBlock(_all.Count, slab + i * BlockBytes);
            _all.Add(block);
            _free.Push(block);
        }
        return true;
    }
}
