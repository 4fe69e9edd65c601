using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Changes that a client has not been told of, since no packet of its own could tell them: the next one does.
/// </summary>
internal sealed class PendingChanges
{
    private readonly List<(TrackerKind Kind, byte[] Name, byte[] Item)> _items = [];

    public bool IsEmpty => _items.Count == 0;

    /// <summary>Of each thing the latest word counts.</summary>
    public void Add(ReadOnlySpan<byte> changes)
    {
        var reader = new TrackerReader(changes);
        while (reader.Next())
        {
            Forget(reader.Kind, reader.Name);
            _items.Add((reader.Kind, reader.Name.ToArray(), ItemOf(reader)));
        }
    }

    /// <summary>They are told with these, which say more lately what they say.</summary>
    public ReadOnlySpan<byte> TakeWith(ReadOnlySpan<byte> changes)
    {
        Add(changes);
        var all = new ByteBuffer(64);
        foreach (var (_, _, item) in _items)
            all.Write(item);
        _items.Clear();
        return all.Written;
    }

    public void Clear() => _items.Clear();

    private void Forget(TrackerKind kind, ReadOnlySpan<byte> name)
    {
        for (var i = _items.Count - 1; i >= 0; i--)
        {
            if (_items[i].Kind == kind && name.SequenceEqual(_items[i].Name))
                _items.RemoveAt(i);
        }
    }

    /// <summary>Several variables may share one item: here each has its own.</summary>
    private static byte[] ItemOf(in TrackerReader reader)
    {
        if (reader.Kind != TrackerKind.Variable)
            return reader.Item.ToArray();
        var data = new ByteBuffer(reader.Name.Length + reader.Value.Length + 8);
        PacketWriter.Text(data, reader.Name);
        PacketWriter.Text(data, reader.Value);
        var item = new ByteBuffer(data.Length + 8);
        item.WriteByte((byte)TrackerKind.Variable);
        PacketWriter.Text(item, data.Written);
        return item.Written.ToArray();
    }
}
