using System.Buffers.Binary;

namespace Sento.Base;

/// <summary>A growing byte buffer for messages that we build. Not thread-safe.</summary>
/// <remarks>
/// Growth is bounded by <see cref="Max"/>: a broken bound is our bug, so it is an invariant.
/// </remarks>
public sealed class ByteBuffer(int capacity = 512, int max = int.MaxValue)
{
    private byte[] _bytes = new byte[capacity];
    private int _length;

    public int Max { get; } = max;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public Span<byte> WrittenForEdit => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Forgets what was written after <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        Invariant.Holds(length <= _length);
        _length = length;
    }

    /// <summary>Room for <paramref name="count"/> bytes, counted as written.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - _length < count)
            Grow(count);
        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Reserve(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    /// <summary>UTF-8 text and a zero byte.</summary>
    public void WriteText(string text)
    {
        var count = System.Text.Encoding.UTF8.GetByteCount(text);
        var room = Reserve(count + 1);
        System.Text.Encoding.UTF8.GetBytes(text, room);
        room[count] = 0;
    }

    private void Grow(int count)
    {
        var needed = checked(_length + count);
        Invariant.Holds(needed <= Max);
        var size = (int)Math.Min(Max, Math.Max(needed, (long)_bytes.Length * 2));
        Array.Resize(ref _bytes, size);
    }
}
