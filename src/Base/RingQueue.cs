using System.Runtime.CompilerServices;

namespace Sento.Base;

/// <summary>
/// A first-in-first-out queue on one growing array; indexable from the head. Not thread-safe.
/// </summary>
public sealed class RingQueue<T>(int capacity = 8)
{
    private T[] _items = new T[capacity];
    private int _head;
    private int _count;

    public int Count => _count;

    public ref T Head
    {
        get
        {
            Invariant.Holds(_count > 0);
            return ref _items[_head];
        }
    }

    public ref T Last
    {
        get
        {
            Invariant.Holds(_count > 0);
            return ref this[_count - 1];
        }
    }

    /// <summary>The item at <paramref name="index"/> places behind the head.</summary>
    public ref T this[int index]
    {
        get
        {
            Invariant.Holds((uint)index < (uint)_count);
            return ref _items[(_head + index) & (_items.Length - 1)];
        }
    }

    public void Enqueue(in T item)
    {
        if (_count == _items.Length)
            Grow();
        _items[(_head + _count) & (_items.Length - 1)] = item;
        _count++;
    }

    /// <summary>A new last item, with nothing in it, to be filled in place.</summary>
    public ref T EnqueueEmpty()
    {
        if (_count == _items.Length)
            Grow();
        return ref _items[(_head + _count++) & (_items.Length - 1)];
    }

    public T Dequeue()
    {
        Invariant.Holds(_count > 0);
        var item = _items[_head];
        RemoveHead();
        return item;
    }

    /// <summary>The same for whoever has looked at <see cref="Head"/> already.</summary>
    public void RemoveHead()
    {
        Invariant.Holds(_count > 0);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _items[_head] = default!;
        _head = (_head + 1) & (_items.Length - 1);
        _count--;
    }

    /// <summary>Takes out the item at <paramref name="index"/>, keeping the order of the others.</summary>
    public void RemoveAt(int index)
    {
        Invariant.Holds((uint)index < (uint)_count);
        for (var i = index; i < _count - 1; i++)
            this[i] = this[i + 1];
        this[_count - 1] = default!;
        _count--;
    }

    public void Clear()
    {
        Array.Clear(_items);
        _head = 0;
        _count = 0;
    }

    private void Grow()
    {
        // The mask needs a power of two; the first capacity may be any number.
        var larger = new T[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_items.Length + 1))];
        for (var i = 0; i < _count; i++)
            larger[i] = _items[(_head + i) & (_items.Length - 1)];
        _items = larger;
        _head = 0;
    }
}
