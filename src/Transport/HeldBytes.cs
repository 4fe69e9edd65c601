using System.Buffers;

namespace Sento.Transport;

/// <summary>
/// Bytes shown to an owner who could not use them yet. Owns a buffer only while it holds something.
/// </summary>
internal struct HeldBytes
{
    /// <summary>Above it copying costs more than it saves.</summary>
    private const int MoveBytesMax = 32 * 1024;

    private byte[]? _bytes;
    private int _start;
    private int _end;

    public readonly int Length => _end - _start;

    public readonly ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_bytes is null || _bytes.Length - _end < bytes.Length)
            MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Puts bytes in front of those that are held.</summary>
    public void Prepend(ReadOnlySpan<byte> bytes)
    {
        var behind = Span.ToArray();
        Release();
        Append(bytes);
        Append(behind);
    }

    /// <summary>Moves what is held to the front of a buffer, if it is little.</summary>
    /// <returns>How many bytes; 0: nothing is held, or it stays where it is.</returns>
    public int MoveTo(Span<byte> buffer)
    {
        var count = Length;
        if (count == 0 || count > MoveBytesMax)
            return 0;
        Span.CopyTo(buffer);
        Release();
        return count;
    }

    public void Drop(int count)
    {
        _start += count;
        if (_start == _end)
            Release();
    }

    public void Release()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = null;
        _start = _end = 0;
    }

    private void MakeRoom(int count)
    {
        var length = Length;
        var needed = length + count;
        var old = _bytes;
        // Move to the front when that gives room enough to spare; else twice the size, so that a long
        // message moves seldom.
        var target = old is not null && old.Length >= needed * 2 ? old
            : ArrayPool<byte>.Shared.Rent(old is null ? needed : needed * 2);
        old?.AsSpan(_start, length).CopyTo(target);
        if (old is not null && target != old)
            ArrayPool<byte>.Shared.Return(old);
        _bytes = target;
        _start = 0;
        _end = length;
    }
}
