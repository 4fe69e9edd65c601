namespace Sento.Base;

/// <summary>Something that is in one <see cref="RecencyList{T}"/> at most.</summary>
public abstract class RecencyLink<T>
    where T : RecencyLink<T>
{
    /// <summary>Used before this one.</summary>
    public T? Older { get; internal set; }

    /// <summary>Used after this one.</summary>
    public T? Newer { get; internal set; }
}

/// <summary>Items in the order of their last use. No allocation; not thread-safe.</summary>
public sealed class RecencyList<T>
    where T : RecencyLink<T>
{
    public T? Newest { get; private set; }

    public T? Oldest { get; private set; }

    /// <param name="item">In no list yet.</param>
    public void Add(T item)
    {
        item.Older = Newest;
        item.Newer = null;
        if (Newest is null) Oldest = item;
        else Newest.Newer = item;
        Newest = item;
    }

    /// <summary>It is used now.</summary>
    public void Touch(T item)
    {
        if (item == Newest)
            return;
        Remove(item);
        Add(item);
    }

    public void Remove(T item)
    {
        if (item.Older is null) Oldest = item.Newer;
        else item.Older.Newer = item.Newer;
        if (item.Newer is null) Newest = item.Older;
        else item.Newer.Older = item.Older;
    }

    public void Clear() => Newest = Oldest = null;
}
