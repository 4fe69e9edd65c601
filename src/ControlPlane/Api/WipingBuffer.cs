using System.Buffers;
using System.Security.Cryptography;

namespace Sento.ControlPlane.Api;

/// <summary>Grows as an answer is written, and leaves no copy of it behind.</summary>
internal sealed class WipingBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = new byte[4096];
    private int _count;

    public byte[] ToArray() => _bytes[.._count];

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Reserve(int count)
    {
        if (_bytes.Length - _count >= count)
            return;
        var larger = new byte[Math.Max(_bytes.Length * 2, _count + count)];
        _bytes.AsSpan(0, _count).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }
}
