namespace Sento.Transport;

/// <summary>
/// Blocks for bytes that a socket would not take at once. One pool a loop; keeps a bounded number.
/// </summary>
public sealed class BlockPool
{
    public const int BlockBytes = 16 * 1024;
    private const int KeptMax = 256;
    private readonly Stack<byte[]> _kept = new();

    public byte[] Rent() => _kept.TryPop(out var block) ? block : new byte[BlockBytes];

    public void Return(byte[] block)
    {
        if (_kept.Count < KeptMax)
            _kept.Push(block);
    }
}
