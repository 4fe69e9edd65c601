using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// What an item of an OK packet's changes tells. MySQL Internals, OK_Packet, Session State.
/// </summary>
internal enum TrackerKind : byte
{
    Variable = 0,
    Schema = 1,
    StateChange = 2,
    Gtids = 3,
    TransactionCharacteristics = 4,
    TransactionState = 5,
}

/// <summary>Walks the changes of an OK packet: int&lt;1&gt; kind, lenenc data, again and again.</summary>
internal ref struct TrackerReader(ReadOnlySpan<byte> changes)
{
    private PacketReader _reader = new(changes);
    private PacketReader _data;
    private readonly ReadOnlySpan<byte> _changes = changes;

    public TrackerKind Kind { get; private set; }

    /// <summary>The whole item, kind and length included.</summary>
    public ReadOnlySpan<byte> Item { get; private set; }

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <returns>
    /// True: <see cref="Name"/> and <see cref="Value"/> are the next ones. An item of variables may hold
    /// more than one pair, which then come one after the other.
    /// </returns>
    public bool Next()
    {
        if (Kind == TrackerKind.Variable && _data.Left > 0)
            return ReadPair();
        if (_reader.Left == 0)
            return false;
        var start = _reader.Position;
        Kind = (TrackerKind)_reader.ReadByte();
        _data = new PacketReader(_reader.ReadText());
        Item = _changes[start.._reader.Position];
        switch (Kind)
        {
            case TrackerKind.Variable:
                return ReadPair();
            case TrackerKind.Schema:
                Name = default;
                Value = _data.ReadText();
                return true;
            case TrackerKind.StateChange:
                // MySQL gives it a length of its own, MariaDB does not.
                Name = default;
                Value = _data.Left == 1 ? _data.ReadRest() : _data.ReadText();
                return true;
            default:
                Name = Value = default;
                _data = default;
                return true;
        }
    }

    private bool ReadPair()
    {
        Name = _data.ReadText();
        Value = _data.ReadText();
        return true;
    }
}
