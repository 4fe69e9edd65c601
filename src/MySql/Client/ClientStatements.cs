using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What one client has prepared, under its own numbers, and how much that may be.</summary>
internal sealed class ClientStatements
{
    private readonly Dictionary<uint, ClientStatement> _byNumber = [];
    private int _textBytes;

    public int Count => _byNumber.Count;

    public Dictionary<uint, ClientStatement>.ValueCollection All => _byNumber.Values;

    /// <summary>Of the one prepared last.</summary>
    public uint LastNumber { get; private set; }

    public ClientStatement? Find(uint number) => _byNumber.GetValueOrDefault(number);

    public bool Has(PreparedStatement statement)
    {
        foreach (var own in _byNumber.Values)
        {
            if (ReferenceEquals(own.Statement, statement))
                return true;
        }
        return false;
    }

    /// <returns>Why there is no room for one more with a text of so many bytes; null: there is.</returns>
    public ErrPacket? Refuse(int textBytes)
    {
        if (Count >= Limits.StatementsPerClientMax)
        {
            return new ErrPacket(ErrPacket.TooManyStatements, "42000", $"Can't create more than "
                + $"{Limits.StatementsPerClientMax} prepared statements in one session");
        }
        return _textBytes + textBytes > Limits.StatementBytesPerClientMax
            ? new ErrPacket(ErrPacket.TooManyStatements, "42000", $"Can't hold more than "
                + $"{Limits.StatementBytesPerClientMax} bytes of prepared statements in one session: close "
                + "those that are not needed")
            : null;
    }

    public uint Add(PreparedStatement statement)
    {
        do
        {
            LastNumber = LastNumber >= int.MaxValue ? 1 : LastNumber + 1;
        }
        while (_byNumber.ContainsKey(LastNumber));
        _byNumber.Add(LastNumber, new ClientStatement(LastNumber, statement));
        _textBytes += statement.Text.Length;
        return LastNumber;
    }

    public void Remove(ClientStatement statement)
    {
        if (_byNumber.Remove(statement.Number))
            _textBytes -= statement.Statement.Text.Length;
    }

    public void Clear()
    {
        _byNumber.Clear();
        _textBytes = 0;
    }
}
