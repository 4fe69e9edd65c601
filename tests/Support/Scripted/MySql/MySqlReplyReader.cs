using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>Which shape the reply to a command has.</summary>
public enum MySqlShape
{
    /// <summary>OK, ERR or results; rows as text.</summary>
    Text,

    /// <summary>The same with rows in the binary form.</summary>
    Binary,
    Prepare,
    Fetch,
    FieldList,
    Statistics,

    /// <summary>What comes is one packet, whatever it is.</summary>
    One,
}

/// <summary>Turns the packets of one reply into items, and knows when it is complete.</summary>
internal sealed partial class MySqlReplyReader(MySqlFlags flags, MySqlShape shape,
    IReadOnlyList<int>? types = null)
{
    private const int MoreResults = 8, CursorExists = 0x40, StateChanged = 0x4000;

    private readonly List<MySqlItem> _items = [];
    private readonly List<string> _columns = [];
    private List<int> _types = [.. types ?? []];
    private int _columnsLeft = shape == MySqlShape.Fetch ? -1 : 0;
    private int _parametersLeft;
    private bool _awaitsEof;
    private bool _inRows = shape == MySqlShape.Fetch;

    public IReadOnlyList<MySqlItem> Items => _items;

    /// <summary>The types of the last result's columns.</summary>
    public IReadOnlyList<int> Types => _types;

    public uint StatementId { get; private set; }

    public int ParameterCount { get; private set; }

    private bool HasEofs => (flags & MySqlFlags.DeprecateEof) == 0;

    /// <returns>True: the reply is complete.</returns>
    public bool Take(byte[] payload)
    {
        if (payload.Length > 0 && payload[0] == 0xff && (!_inRows || payload.Length < 0xff_ffff))
            return Add(MySqlPart.Error, ErrorLine(payload, out var error), error: error);
        if (shape is MySqlShape.Statistics or MySqlShape.One)
            return Add(MySqlPart.Text, BodyReader.Printable(payload));
        if (shape == MySqlShape.FieldList)
            return TakeField(payload);
        if (_awaitsEof)
            return TakeEof(payload);
        if (_parametersLeft > 0)
            return TakeParameter(payload);
        if (_columnsLeft > 0)
            return TakeColumn(payload);
        if (_inRows)
            return TakeRow(payload);
        return shape == MySqlShape.Prepare ? TakePrepared(payload) : TakeFirst(payload);
    }

    private bool TakeFirst(byte[] payload)
    {
        switch (payload[0])
        {
            case 0:
                var ok = ReadOk(payload);
                Add(MySqlPart.Ok, $"OK {Line(ok)}", ok: ok);
                return (ok.Status & MoreResults) == 0;
            case 0xfe:
                return TakeEnd(payload);
            case 0xfb:
                return Add(MySqlPart.FileRequest, $"FILE {BodyReader.Printable(payload.AsSpan(1))}");
            default:
                _columnsLeft = (int)new MySqlBodyReader(payload).Length();
                _columns.Clear();
                _types = [];
                return false;
        }
    }

    private bool TakePrepared(byte[] payload)
    {
        var body = new MySqlBodyReader(payload);
        body.Byte();
        StatementId = body.Int32();
        _columnsLeft = body.Int16();
        ParameterCount = _parametersLeft = body.Int16();
        body.Byte();
        Add(MySqlPart.Prepared,
            $"PREPARED {_columnsLeft} columns, {_parametersLeft} parameters, {body.Int16()} warnings");
        return _columnsLeft + _parametersLeft == 0;
    }

    private bool TakeParameter(byte[] payload)
    {
        Add(MySqlPart.Text, $"PARAMETER {Definition(payload, out _)}");
        if (--_parametersLeft > 0)
            return false;
        _awaitsEof = HasEofs;
        return !_awaitsEof && _columnsLeft == 0;
    }

    private bool TakeColumn(byte[] payload)
    {
        _columns.Add(Definition(payload, out var type));
        _types.Add(type);
        if (--_columnsLeft > 0)
            return false;
        Add(MySqlPart.Columns, $"COLUMNS {string.Join(", ", _columns)}");
        _inRows = shape != MySqlShape.Prepare;
        _awaitsEof = HasEofs;
        return !_inRows && !_awaitsEof;
    }

    private bool TakeEof(byte[] payload)
    {
        _awaitsEof = false;
        if (payload.Length != 5 || payload[0] != 0xfe)
            throw new FormatException($"No EOF behind the definitions: {BodyReader.Printable(payload)}");
        var ok = ReadOk(payload);
        // A cursor is open: no rows come, and this was the end.
        if (_inRows && (ok.Status & CursorExists) != 0 && shape == MySqlShape.Binary)
            return Add(MySqlPart.End, $"END {Line(ok)}", ok: ok);
        return shape == MySqlShape.Prepare && _columnsLeft == 0;
    }

    private bool TakeRow(byte[] payload)
    {
        if (payload.Length > 0 && payload[0] == 0xfe && payload.Length < (HasEofs ? 9 : 0xff_ffff))
            return TakeEnd(payload);
        var values = shape == MySqlShape.Text ? TextRow(payload) : MySqlBinaryRow.Read(payload, _types);
        return Add(MySqlPart.Row, $"ROW {string.Join('|', values.Select(value => value ?? "~"))}", values)
            && false;
    }

    private bool TakeEnd(byte[] payload)
    {
        _inRows = false;
        var ok = ReadOk(payload);
        Add(MySqlPart.End, $"END {Line(ok)}", ok: ok);
        return (ok.Status & MoreResults) == 0;
    }

    private bool TakeField(byte[] payload) => payload[0] == 0xfe && payload.Length < 0xffff
        ? TakeEnd(payload)
        : Add(MySqlPart.Text, $"FIELD {Definition(payload, out _)}") && false;

    private string?[] TextRow(byte[] payload)
    {
        var body = new MySqlBodyReader(payload);
        var values = new List<string?>();
        while (body.Left > 0)
        {
            if (body.Peek() == 0xfb)
            {
                body.Byte();
                values.Add(null);
            }
            else
            {
                values.Add(Shorten(body.TextBytes()));
            }
        }
        return values.Count == _types.Count ? [.. values]
            : throw new FormatException($"A row of {values.Count} values under {_types.Count} columns.");
    }

    internal static string Shorten(ReadOnlySpan<byte> text) =>
        text.Length <= 4096 ? BodyReader.Printable(text)
        : $"{text.Length} bytes, {Convert.ToHexStringLower(SHA256.HashData(text))}";

    /// <summary>Also of an EOF packet, which has less to say.</summary>
    private MySqlOk ReadOk(byte[] payload)
    {
        var body = new MySqlBodyReader(payload);
        body.Byte();
        if (payload[0] == 0xfe && HasEofs)
        {
            var warnings = body.Int16();
            return new MySqlOk(0, 0, body.Int16(), warnings, "", "");
        }
        long rows = body.Length(), id = body.Length();
        int status = body.Int16(), count = body.Int16();
        if ((flags & MySqlFlags.SessionTrack) == 0)
            return new MySqlOk(rows, id, status, count, BodyReader.Printable(body.Rest), "");
        var info = body.Left > 0 ? body.Text() : "";
        var changes = (status & StateChanged) != 0 ? MySqlChanges.Read(body.TextBytes()) : "";
        if (body.Left > 0)
            throw new FormatException($"{body.Left} bytes behind an OK.");
        return new MySqlOk(rows, id, status, count, info, changes);
    }

    private static string Line(MySqlOk ok)
    {
        var line = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"rows {ok.Rows} id {ok.InsertId} status {StatusText(ok.Status)} warnings {ok.Warnings}"));
        if (ok.Info.Length > 0)
            line.Append(CultureInfo.InvariantCulture, $" \"{ok.Info}\"");
        if (ok.Changes.Length > 0)
            line.Append(CultureInfo.InvariantCulture, $" {{{ok.Changes}}}");
        return line.ToString();
    }

    private static string StatusText(int status)
    {
        const string letters = "TA.MigCLDBHSPRXQ";
        return string.Concat(letters.Where((_, bit) => (status >> bit & 1) != 0));
    }

    private static string ErrorLine(byte[] payload, out MySqlError error)
    {
        var body = new MySqlBodyReader(payload);
        body.Byte();
        var code = body.Int16();
        var state = "";
        if (body.Left >= 6 && body.Peek() == (byte)'#')
            state = Encoding.ASCII.GetString(body.Take(6))[1..];
        error = new MySqlError(code, state, BodyReader.Printable(body.Rest));
        // A statement's number is the connection's own.
        var message = code is 1243 or 1421 ? Number().Replace(error.Message, "(N)") : error.Message;
        return string.Create(CultureInfo.InvariantCulture, $"ERROR {code} ({state}): {message}");
    }

    [GeneratedRegex(@"\([0-9]+\)")]
    private static partial Regex Number();

    private static string Definition(byte[] payload, out int type)
    {
        var body = new MySqlBodyReader(payload);
        string catalog = body.Text(), schema = body.Text(), table = body.Text(), orgTable = body.Text();
        string name = body.Text(), orgName = body.Text();
        body.Length();
        var charset = body.Int16();
        var length = body.Int32();
        type = body.Byte();
        var columnFlags = body.Int16();
        return string.Create(CultureInfo.InvariantCulture,
            $"{catalog}.{schema}.{table}({orgTable}).{name}({orgName}) "
                + $"charset {charset} length {length} type {type} ")
            + string.Create(CultureInfo.InvariantCulture, $"flags {columnFlags:x} decimals {body.Byte()}");
    }

    private bool Add(MySqlPart part, string line, string?[]? values = null, MySqlOk? ok = null,
        MySqlError? error = null)
    {
        _items.Add(new MySqlItem(part, line, values ?? [], ok, error));
        return true;
    }
}
