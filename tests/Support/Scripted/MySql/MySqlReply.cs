using System.Globalization;

namespace Sento.Tests.Support.Scripted.MySql;

public enum MySqlPart
{
    Ok,
    Error,
    Columns,
    Row,

    /// <summary>The end of a result, whether it came as EOF or as OK.</summary>
    End,
    Prepared,
    FileRequest,

    /// <summary>A text without anything around it, an event, a question at sign-in.</summary>
    Text,
}

/// <summary>One packet of a reply, or the definitions of a result's columns taken together.</summary>
/// <param name="Line">The whole of it in one line, without what is a connection's own (numbers).</param>
public sealed record MySqlItem(MySqlPart Part, string Line, string?[] Values, MySqlOk? Ok = null,
    MySqlError? Error = null);

public sealed record MySqlOk(long Rows, long InsertId, int Status, int Warnings, string Info, string Changes);

public sealed record MySqlError(int Code, string State, string Message);

/// <summary>What a server answered to one command, in order.</summary>
public sealed class MySqlReply(IReadOnlyList<MySqlItem> items)
{
    public IReadOnlyList<MySqlItem> Items => items;

    /// <summary>All of it, one line for each item.</summary>
    public string FullText => string.Join('\n', items.Select(item => item.Line));

    /// <summary>What scripts mostly care for: rows, counts, codes.</summary>
    public string Text => string.Join(' ', items.Select(Brief).Where(text => text.Length > 0));

    public MySqlError? Error => items.FirstOrDefault(item => item.Part == MySqlPart.Error)?.Error;

    /// <summary>The last OK or end; null: there was none.</summary>
    public MySqlOk? Ok => items.LastOrDefault(item => item.Ok is not null)?.Ok;

    public IEnumerable<string?[]> Rows =>
        items.Where(item => item.Part == MySqlPart.Row).Select(i => i.Values);

    /// <summary>The first column of the first row. Throws when there is no row.</summary>
    public string? Scalar => items.FirstOrDefault(item => item.Part == MySqlPart.Row) is { } row
        ? row.Values[0]
        : throw new InvalidOperationException($"No row in: {FullText}");

    public bool IsInTransaction => Ok is { } ok && (ok.Status & 1) != 0;

    public override string ToString() => Text;

    private static string Brief(MySqlItem item) => item.Part switch
    {
        MySqlPart.Ok => item.Ok!.InsertId == 0 ? $"OK({item.Ok.Rows})"
            : $"OK({item.Ok.Rows} id {item.Ok.InsertId})",
        MySqlPart.Error => string.Create(CultureInfo.InvariantCulture, $"ERR({item.Error!.Code})"),
        MySqlPart.Row => $"({string.Join('|', item.Values.Select(value => value ?? "~"))})",
        MySqlPart.Prepared => "PREPARED",
        MySqlPart.FileRequest => item.Line,
        MySqlPart.Text => item.Line,
        _ => "",
    };
}
