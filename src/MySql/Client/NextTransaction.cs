using System.Text;
using Sento.MySql.Pinning;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// SET TRANSACTION, which holds for the session's next transaction alone: it is kept here, and goes to a
/// server right ahead of that transaction. Loop thread only.
/// </summary>
internal sealed class NextTransaction(ClientRelay client)
{
    private string? _isolation;
    private string? _access;

    /// <summary>It went ahead of a statement, and no transaction was seen to have begun since.</summary>
    public bool IsOut { get; private set; }

    /// <summary>A whole SET TRANSACTION between transactions: nothing need be sent for it now.</summary>
    /// <returns>True: the client may be told OK.</returns>
    public bool TryKeep(ReadOnlySpan<byte> text)
    {
        if (client.IsInTransaction || IsOut || client.Agreement.HearsTransactions
            || client.Pins.Has(PinCause.OneShotTransaction))
            return false;
        if (!SetTransaction.TryRead(text, client.State.Mode, out var isolation, out var access))
            return false;
        _isolation = isolation ?? _isolation;
        _access = access ?? _access;
        return true;
    }

    /// <summary>A statement goes out: it may begin the transaction that was meant.</summary>
    public void SendAhead(ServerSession server)
    {
        if (_isolation is null && _access is null)
            return;
        string?[] parts = [_isolation is null ? null : "ISOLATION LEVEL " + _isolation, _access];
        var sql = "SET TRANSACTION " + string.Join(", ", parts.Where(part => part is not null));
        (_isolation, _access) = (null, null);
        IsOut = true;
        server.Start(new SimpleExchange(Command.Query, Encoding.ASCII.GetBytes(sql), error =>
        {
            if (error is not null && ReferenceEquals(client.Server, server))
                client.Pins.Add(PinCause.UnknownState, server);
        }), client.Session.Loop.ToServer);
    }

    /// <summary>A statement has told whether a transaction is open.</summary>
    public void OnStatus(bool isInTransaction) => IsOut &= !isInTransaction;

    /// <summary>At a boundary: a transaction that may still begin here keeps the connection.</summary>
    /// <returns>True: it is pinned.</returns>
    public bool Settle(ServerSession server)
    {
        if (!IsOut)
            return false;
        IsOut = false;
        client.Pins.Add(PinCause.OneShotTransaction, server);
        return true;
    }

    /// <summary>A reset, or the connection is lost.</summary>
    public void Clear()
    {
        (_isolation, _access) = (null, null);
        IsOut = false;
    }
}
