using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What a client's last statement left for functions that look back: keys, rows, warnings.</summary>
internal sealed class LastResult
{
    /// <summary>The key that the client's last insert made; 0: none yet.</summary>
    public ulong InsertId { get; private set; }

    /// <summary>ROW_COUNT() as the last statement leaves it.</summary>
    public long RowCount { get; private set; } = -1;

    /// <summary>FOUND_ROWS() as the last result leaves it.</summary>
    public ulong FoundRows { get; private set; }

    /// <summary>The server connection has meanwhile served another, or a question of ours.</summary>
    public bool IsDisturbed { get; private set; }

    /// <summary>What LAST_INSERT_ID() says on the server connection is another's.</summary>
    public bool IsKeyForeign { get; private set; }

    /// <summary>The last statement failed or warned: there is something to show.</summary>
    public bool HasDiagnostics { get; private set; }

    public void Take(in OkPacket ok, ulong rows)
    {
        IsDisturbed = false;
        HasDiagnostics = ok.Warnings > 0;
        if (ok.Header == Reply.Eof)
        {
            RowCount = -1;
            FoundRows = rows;
            return;
        }
        RowCount = (long)ok.AffectedRows;
        if (ok.InsertId != 0)
            (InsertId, IsKeyForeign) = (ok.InsertId, false);
    }

    public void TakeError()
    {
        IsDisturbed = false;
        HasDiagnostics = true;
        RowCount = -1;
    }

    public void Disturb(bool isDisturbed) => IsDisturbed |= isDisturbed;

    /// <summary>The server connection is one that another used last.</summary>
    public void OnAnother()
    {
        IsDisturbed = true;
        IsKeyForeign = true;
    }

    public void OnKeyBrought() => IsKeyForeign = false;

    public void Clear()
    {
        InsertId = 0;
        RowCount = -1;
        FoundRows = 0;
        IsDisturbed = true;
        HasDiagnostics = false;
    }
}
