namespace Sento.Transport;

/// <summary>
/// Blocks for bytes that a socket would not take at once. One pool a loop; keeps a bounded number.
/// </summary>
public sealed class BlockPool
{
    public const int BlockBytes = 16 * 1024;
    private const int KeptMax = 256;
    private readonly Stack<byte[]> _kept = new();

    /// <summary>A block that stays where it is: the kernel is told its address.</summary>
    public byte[] Rent() => _kept.TryPop(out var block)
        ? block
        : GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

    public void Return(byte[] block)
    {
        if (_kept.Count < KeptMax)
            _kept.Push(block);
    }
}
