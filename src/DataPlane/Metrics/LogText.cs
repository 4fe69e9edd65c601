using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sento.Model;

namespace Sento.DataPlane.Metrics;

/// <summary>Turns lines into the bytes of one write. Belongs to the log's writer.</summary>
/// <remarks>
/// Text has the shape of RDS Proxy's log: time, level, proxyEndpoint, clientConnection, dbConnection in
/// brackets, message. Names that clients choose (users, databases) may hold anything: control characters are
/// escaped, so that one event is always one line.
/// </remarks>
internal sealed class LogText
{
    /// <summary>A batch is written once it is this long.</summary>
    public const int BatchBytes = 64 * 1024;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private static readonly string[] Levels = ["DEBUG", "INFO", "WARN", "ERROR"];

    private readonly ArrayBufferWriter<byte> _bytes = new(BatchBytes);
    private readonly StringBuilder _line = new();
    private Utf8JsonWriter? _json;

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Add(in LogLine line, LogFormat format)
    {
        if (format == LogFormat.Json)
            AddJson(line);
        else
            AddText(line);
    }

    private void AddText(in LogLine line)
    {
        _line.Clear();
        _line.Append(line.Time.ToString(TimeFormat, CultureInfo.InvariantCulture));
        _line.Append(" [").Append(Levels[(int)line.Level]).Append(']');
        var scope = line.Scope;
        if (scope.Endpoint is not null)
            _line.Append(" [proxyEndpoint=").Append(scope.Proxy).Append('/').Append(scope.Endpoint)
                .Append(']');
        else if (!string.IsNullOrEmpty(scope.Proxy))
            _line.Append(" [proxy=").Append(scope.Proxy).Append(']');
        if (scope.ClientConnection != 0)
            _line.Append(" [clientConnection=").Append(scope.ClientConnection).Append(']');
        if (scope.DbConnection != 0)
            _line.Append(" [dbConnection=").Append(scope.DbConnection).Append(']');
        _line.Append(' ');
        AppendEscaped(Bounded(line.Message));
        _line.Append('\n');
        foreach (var chunk in _line.GetChunks())
            Encoding.UTF8.GetBytes(chunk.Span, _bytes);
    }

    private void AddJson(in LogLine line)
    {
        var json = _json ??= NewWriter();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("time", line.Time.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteString("level", Levels[(int)line.Level]);
        json.WriteString("event", line.Event.ToString());
        json.WriteNumber("eventId", (int)line.Event);
        var scope = line.Scope;
        if (!string.IsNullOrEmpty(scope.Proxy))
            json.WriteString("proxy", scope.Proxy);
        if (scope.Endpoint is not null)
            json.WriteString("proxyEndpoint", scope.Endpoint);
        if (scope.ClientConnection != 0)
            json.WriteNumber("clientConnection", scope.ClientConnection);
        if (scope.DbConnection != 0)
            json.WriteNumber("dbConnection", scope.DbConnection);
        if (line.Reason is not null)
            json.WriteString("reason", line.Reason);
        json.WriteString("message", Bounded(line.Message));
        json.WriteEndObject();
        json.Flush();
        _bytes.Write("\n"u8);
    }

    private Utf8JsonWriter NewWriter() => new(_bytes, new JsonWriterOptions
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    });

    private void AppendEscaped(ReadOnlySpan<char> message)
    {
        foreach (var character in message)
        {
            if (character == '\n')
                _line.Append("\\n");
            else if (character == '\r')
                _line.Append("\\r");
            else if (character == '\t')
                _line.Append("\\t");
            else if (char.IsControl(character))
                _line.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
            else
                _line.Append(character);
        }
    }

    private static ReadOnlySpan<char> Bounded(string message) =>
        message.Length <= Log.MessageCharactersMax
            ? message
            : string.Concat(message.AsSpan(0, Log.MessageCharactersMax), "…");
}
