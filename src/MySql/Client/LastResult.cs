using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What a client's last statement left for functions that look back: keys, rows, warnings.</summary>
internal sealed class LastResult(bool isMariaDb)
{
    private DiagnosticsFate _fate;
    private bool _hasWarned;
    private bool _areShown;

    /// <summary>The key that the client's last insert made; 0: none yet.</summary>
    public ulong InsertId { get; private set; }

    /// <summary>ROW_COUNT() as the last statement leaves it.</summary>
    public long RowCount { get; private set; }

    /// <summary>FOUND_ROWS() as the last result leaves it.</summary>
    public ulong FoundRows { get; private set; }

    /// <summary>
    /// The server connection counts other rows: those of another client, or of a question of ours.
    /// </summary>
    public bool IsDisturbed { get; private set; }

    /// <summary>Another client's statements have run on the server connection since.</summary>
    public bool IsDisplaced { get; private set; }

    /// <summary>A statement failed or warned: there is something to show, or was.</summary>
    public bool HasDiagnostics { get; private set; }

    /// <summary>What the server connection shows is another's, or that of a question of ours.</summary>
    public bool AreDiagnosticsElsewhere { get; private set; }

    /// <summary>What it left, taken along from the server connection; null: it was not.</summary>
    public Diagnostics? Diagnostics { get; set; }

    /// <summary>How many warnings there are to show; an error counts as one.</summary>
    public int WarningCount => HasDiagnostics ? Math.Max(_told, Diagnostics?.Count ?? 0) : 0;

    /// <summary>What the server would say in the reply to a command without a text.</summary>
    public ushort WarningsOfCommand => (ushort)(isMariaDb || _areShown ? 0 : WarningCount);

    private int _told;

    /// <summary>
    /// What the client is told of warnings: after some commands those of the statement before.
    /// </summary>
    public ushort WarningsIn(in OkPacket ok) => ok.Header == Reply.Ok && _fate == DiagnosticsFate.Kept
        && AreDiagnosticsElsewhere ? WarningsOfCommand : ok.Warnings;

    /// <summary>A statement is on its way.</summary>
    public void Begin(DiagnosticsFate fate)
    {
        _fate = fate;
        _hasWarned = false;
    }

    public void Take(in OkPacket ok, ulong rows)
    {
        IsDisturbed = IsDisplaced = false;
        TakeWarnings(ok.Warnings);
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
    /// <param name="fate">What the answered statement makes of warnings.</param>
    public void TakeAnswer(ulong rows, DiagnosticsFate fate)
    {
        RowCount = -1;
        FoundRows = rows;
        IsDisturbed = true;
        Leave(fate);
    }

    /// <summary>A statement without rows was answered here.</summary>
    public void TakeOk()
    {
        RowCount = 0;
        IsDisturbed = true;
        Leave(DiagnosticsFate.Tableless);
    }

    /// <summary>A command without a text was answered here.</summary>
    /// <param name="rowCount">0, or -1 where the answer was no OK.</param>
    public void TakeCommand(int rowCount)
    {
        RowCount = rowCount;
        IsDisturbed = true;
    }

    /// <summary>A statement with this fate was prepared, by the server or from memory.</summary>
    public void TakePrepared(DiagnosticsFate fate, int warnings)
    {
        if (warnings > 0)
            SetDiagnostics(warnings);
        else
            Leave(fate);
    }

    /// <summary>The server connection has answered a question of ours.</summary>
    public void Disturb() => IsDisturbed = AreDiagnosticsElsewhere = true;

    /// <summary>The server connection is another, or was another client's meanwhile.</summary>
    public void Displace()
    {
        Disturb();
        IsDisplaced = true;
    }

    /// <summary>The server was asked for the key.</summary>
    public void LearnKey(ulong key) => InsertId = key;

    /// <summary>By a reset; servers leave FOUND_ROWS() as it is.</summary>
    public void Clear()
    {
        InsertId = 0;
        RowCount = 0;
        SetDiagnostics(0);
        Disturb();
    }

    private void TakeWarnings(ushort count)
    {
        if (IsKeeping(_fate))
            return;
        if (count > 0)
        {
            _hasWarned = true;
            SetDiagnostics(count);
        }
        // Of several statements in one text MariaDB may still show those of one before the last.
        else if (!isMariaDb || (_fate != DiagnosticsFate.Tableless && !_hasWarned))
        {
            SetDiagnostics(0);
        }
    }

    private void Leave(DiagnosticsFate fate)
    {
        if (IsKeeping(fate) || (isMariaDb && fate == DiagnosticsFate.Tableless))
            return;
        SetDiagnostics(0);
        AreDiagnosticsElsewhere = true;
    }

    /// <summary>What a statement shows is not told of again.</summary>
    private bool IsKeeping(DiagnosticsFate fate)
    {
        _areShown |= fate == DiagnosticsFate.Shown;
        return fate is DiagnosticsFate.Shown or DiagnosticsFate.Kept;
    }

    private void SetDiagnostics(int count)
    {
        _areShown = false;
        _told = count;
        HasDiagnostics = count > 0;
        AreDiagnosticsElsewhere = false;
        Diagnostics = null;
    }
}
