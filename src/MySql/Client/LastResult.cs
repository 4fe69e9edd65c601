using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What a client's last statement left for functions that look back: keys, rows, warnings.</summary>
internal sealed class LastResult
{
    private bool _asksDiagnostics;

    /// <summary>The key that the client's last insert made; 0: none yet.</summary>
    public ulong InsertId { get; private set; }

    /// <summary>ROW_COUNT() as the last statement leaves it.</summary>
    public long RowCount { get; private set; } = -1;

    /// <summary>FOUND_ROWS() as the last result leaves it.</summary>
    public ulong FoundRows { get; private set; }

    /// <summary>The server connection has meanwhile served another, or a question of ours.</summary>
    public bool IsDisturbed { get; private set; }

    /// <summary>Another client's statements have run on the server connection since.</summary>
    public bool IsDisplaced { get; private set; }

    /// <summary>The last statement failed or warned: there is something to show.</summary>
    public bool HasDiagnostics { get; private set; }

    /// <summary>How many warnings it told of; an error counts as one.</summary>
    public int WarningCount { get; private set; }

    /// <summary>What it left, taken along from the server connection; null: it was not.</summary>
    public Diagnostics? Diagnostics { get; set; }

    /// <summary>A statement is on its way.</summary>
    /// <param name="asksDiagnostics">It shows what the one before left, and leaves that as it is.</param>
    public void Begin(bool asksDiagnostics) => _asksDiagnostics = asksDiagnostics;

    public void Take(in OkPacket ok, ulong rows)
    {
        IsDisturbed = IsDisplaced = false;
        if (!_asksDiagnostics)
            SetDiagnostics(ok.Warnings);
        if (ok.Header == Reply.Eof)
        {
            RowCount = -1;
            FoundRows = rows;
            return;
        }
        RowCount = (long)ok.AffectedRows;
        if (ok.InsertId != 0)
            InsertId = ok.InsertId;
    }

    public void TakeError()
    {
        IsDisturbed = IsDisplaced = false;
        SetDiagnostics(1);
        RowCount = -1;
    }

    /// <summary>Answered here: nothing of it is on a server connection.</summary>
    public void TakeAnswer(ulong rows)
    {
        RowCount = -1;
        FoundRows = rows;
        IsDisturbed = true;
    }

    /// <summary>A statement without rows was answered here.</summary>
    public void TakeOk()
    {
        SetDiagnostics(0);
        RowCount = 0;
        IsDisturbed = true;
    }

    /// <summary>The server connection has answered a question of ours.</summary>
    public void Disturb() => IsDisturbed = true;

    /// <summary>The server connection is another, or was another client's meanwhile.</summary>
    public void Displace() => IsDisturbed = IsDisplaced = true;

    /// <summary>The server was asked for the key.</summary>
    public void LearnKey(ulong key) => InsertId = key;

    public void Clear()
    {
        InsertId = 0;
        RowCount = -1;
        FoundRows = 0;
        IsDisturbed = true;
        SetDiagnostics(0);
    }

    private void SetDiagnostics(int count)
    {
        WarningCount = count;
        HasDiagnostics = count > 0;
        Diagnostics = null;
    }
}
