using System.Buffers.Binary;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.Wire;

public enum Severity { Error, Fatal, Panic, Warning, Notice, Debug, Info, Log }

/// <summary>Builds messages of both directions. PostgreSQL 18, Message Formats.</summary>
/// <remarks>
/// Text with a zero byte in it would end early and let its rest be read as further fields: whoever passes
/// foreign text must have refused that before, so here it is an invariant.
/// </remarks>
public static class MessageWriter
{
    private static readonly string[] SeverityNames =
        ["ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "DEBUG", "INFO", "LOG"];

    /// <summary>Writes the code and room for the length.</summary>
    /// <returns>The mark that <see cref="End"/> needs.</returns>
    public static int Begin(ByteBuffer output, byte code)
    {
        output.WriteByte(code);
        return BeginWithoutCode(output);
    }

    /// <summary>As <see cref="Begin"/> for the packets of the start-up phase, which have no code.</summary>
    public static int BeginWithoutCode(ByteBuffer output)
    {
        var mark = output.Length;
        output.WriteInt32(0);
        return mark;
    }

    /// <summary>Patches the length: all that was written since the mark.</summary>
    public static void End(ByteBuffer output, int mark) =>
        BinaryPrimitives.WriteInt32BigEndian(output.WrittenForEdit[mark..], output.Length - mark);

    /// <summary>Text and its closing zero byte.</summary>
    public static void Text(ByteBuffer output, string text)
    {
        Invariant.Holds(!text.Contains('\0'));
        output.WriteText(text);
    }

    /// <inheritdoc cref="Text(ByteBuffer, string)"/>
    public static void Text(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        Invariant.Holds(!text.Contains((byte)0));
        output.Write(text);
        output.WriteByte(0);
    }

    private static void Latin(ByteBuffer output, string text)
    {
        Invariant.Holds(!text.Contains('\0'));
        foreach (var c in text)
            output.WriteByte((byte)c);
        output.WriteByte(0);
    }

    // Server to client: sign-in.

    public static void AuthenticationOk(ByteBuffer output) =>
        Authentication(output, AuthenticationCode.Ok, []);

    public static void AuthenticationCleartextPassword(ByteBuffer output) =>
        Authentication(output, AuthenticationCode.CleartextPassword, []);

    /// <param name="salt">Four random bytes.</param>
    public static void AuthenticationMd5Password(ByteBuffer output, ReadOnlySpan<byte> salt)
    {
        Invariant.Holds(salt.Length == 4);
        Authentication(output, AuthenticationCode.Md5Password, salt);
    }

    /// <param name="mechanisms">In order of preference.</param>
    public static void AuthenticationSasl(ByteBuffer output, params ReadOnlySpan<string> mechanisms)
    {
        var mark = Begin(output, ServerCode.Authentication);
        output.WriteInt32(AuthenticationCode.Sasl);
        foreach (var mechanism in mechanisms)
            Text(output, mechanism);
        output.WriteByte(0);
        End(output, mark);
    }

    public static void AuthenticationSaslContinue(ByteBuffer output, ReadOnlySpan<byte> data) =>
        Authentication(output, AuthenticationCode.SaslContinue, data);

    public static void AuthenticationSaslFinal(ByteBuffer output, ReadOnlySpan<byte> data) =>
        Authentication(output, AuthenticationCode.SaslFinal, data);

    /// <param name="key">4 bytes up to protocol 3.0, 4 to 256 from 3.2 on.</param>
    public static void BackendKeyData(ByteBuffer output, int processId, ReadOnlySpan<byte> key)
    {
        Invariant.Holds(key.Length is >= 4 and <= 256);
        var mark = Begin(output, ServerCode.BackendKeyData);
        output.WriteInt32(processId);
        output.Write(key);
        End(output, mark);
    }

    /// <param name="name">The bytes of the wire, one char each (Latin-1), as the value.</param>
    public static void ParameterStatus(ByteBuffer output, string name, string value)
    {
        var mark = Begin(output, ServerCode.ParameterStatus);
        Latin(output, name);
        Latin(output, value);
        End(output, mark);
    }

    /// <param name="minor">The newest that we speak of what was asked for; sent with its major part.</param>
    /// <param name="refusedOptions">The `_pq_.` options that we do not know.</param>
    public static void NegotiateProtocolVersion(
        ByteBuffer output, int minor, IReadOnlyList<string> refusedOptions)
    {
        var mark = Begin(output, ServerCode.NegotiateProtocolVersion);
        output.WriteInt32(StartupCode.Version30 | minor);
        output.WriteInt32(refusedOptions.Count);
        foreach (var option in refusedOptions)
            Text(output, option);
        End(output, mark);
    }

    // Server to client: the rest.

    /// <param name="status">I: idle, T: in a transaction, E: in a failed one.</param>
    public static void ReadyForQuery(ByteBuffer output, byte status)
    {
        Invariant.Holds(status is (byte)'I' or (byte)'T' or (byte)'E');
        output.Write([ServerCode.ReadyForQuery, 0, 0, 0, 5, status]);
    }

    public static void ErrorResponse(
        ByteBuffer output,
        Severity severity,
        string sqlState,
        string message,
        string? detail = null,
        string? hint = null)
    {
        Invariant.Holds(severity <= Severity.Panic);
        Fields(output, ServerCode.ErrorResponse, severity, sqlState, message, detail, hint);
    }

    public static void NoticeResponse(
        ByteBuffer output,
        Severity severity,
        string sqlState,
        string message,
        string? detail = null,
        string? hint = null)
    {
        Invariant.Holds(severity > Severity.Panic);
        Fields(output, ServerCode.NoticeResponse, severity, sqlState, message, detail, hint);
    }

    /// <param name="tag">For example SET or INSERT 0 1.</param>
    public static void CommandComplete(ByteBuffer output, string tag)
    {
        var mark = Begin(output, ServerCode.CommandComplete);
        Text(output, tag);
        End(output, mark);
    }

    /// <summary>
    /// A message without a body: ParseComplete, CloseComplete, NoData, Sync, Flush, Terminate ...
    /// </summary>
    public static void Empty(ByteBuffer output, byte code) => output.Write([code, 0, 0, 0, 4]);

    /// <summary>Columns of type text, in text format, of no table.</summary>
    public static void RowDescription(ByteBuffer output, params ReadOnlySpan<string> columns)
    {
        const int textType = 25;
        var mark = Begin(output, ServerCode.RowDescription);
        output.WriteInt16(checked((short)columns.Length));
        foreach (var column in columns)
        {
            Text(output, column);
            output.WriteInt32(0);
            output.WriteInt16(0);
            output.WriteInt32(textType);
            output.WriteInt16(-1);
            output.WriteInt32(-1);
            output.WriteInt16(0);
        }
        End(output, mark);
    }

    /// <param name="values">In text format; null is SQL's null.</param>
    public static void DataRow(ByteBuffer output, params ReadOnlySpan<string?> values)
    {
        var mark = Begin(output, ServerCode.DataRow);
        output.WriteInt16(checked((short)values.Length));
        foreach (var value in values)
            Value(output, value);
        End(output, mark);
    }

    /// <summary>Int32(length) and the text; null: length -1.</summary>
    public static void Value(ByteBuffer output, string? value)
    {
        if (value is null)
        {
            output.WriteInt32(-1);
            return;
        }
        var count = Encoding.UTF8.GetByteCount(value);
        output.WriteInt32(count);
        Encoding.UTF8.GetBytes(value, output.Reserve(count));
    }

    private static void Authentication(ByteBuffer output, int code, ReadOnlySpan<byte> data)
    {
        var mark = Begin(output, ServerCode.Authentication);
        output.WriteInt32(code);
        output.Write(data);
        End(output, mark);
    }

    private static void Fields(
        ByteBuffer output,
        byte code,
        Severity severity,
        string sqlState,
        string message,
        string? detail,
        string? hint)
    {
        Invariant.Holds(sqlState.Length == 5);
        var mark = Begin(output, code);
        Field(output, (byte)'S', SeverityNames[(int)severity]);
        Field(output, (byte)'V', SeverityNames[(int)severity]);
        Field(output, (byte)'C', sqlState);
        Field(output, (byte)'M', message);
        Field(output, (byte)'D', detail);
        Field(output, (byte)'H', hint);
        output.WriteByte(0);
        End(output, mark);
    }

    private static void Field(ByteBuffer output, byte kind, string? text)
    {
        if (text is null)
            return;
        output.WriteByte(kind);
        Text(output, text);
    }
}
