using System.Text;
using Sento.Base;
using static Sento.Postgres.Wire.MessageWriter;

namespace Sento.Postgres.Wire;

/// <summary>
/// Builds the messages that a client sends; we send them to servers. PostgreSQL 18, Message Formats.
/// </summary>
public static class ClientMessageWriter
{
    // Start-up.

    /// <param name="parameters">Names and values in order, the user included; no name is empty.</param>
    public static void StartupMessage(
        ByteBuffer output, int minor, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var mark = BeginWithoutCode(output);
        output.WriteInt32(StartupCode.Version30 | minor);
        foreach (var (name, value) in parameters)
        {
            // An empty name is the end of the packet: what follows would not be read.
            Invariant.Holds(name.Length > 0);
            Text(output, name);
            Text(output, value);
        }
        output.WriteByte(0);
        End(output, mark);
        Invariant.Holds(output.Length - mark <= Limits.StartupBytesMax + 4);
    }

    /// <summary>
    /// Bytes that <see cref="StartupMessage"/> would take; the bound is 4 + Limits.StartupBytesMax.
    /// </summary>
    public static int StartupBytes(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var count = 9;
        foreach (var (name, value) in parameters)
            count = checked(count + Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2);
        return count;
    }

    public static void SslRequest(ByteBuffer output)
    {
        output.WriteInt32(8);
        output.WriteInt32(StartupCode.SslRequest);
    }

    /// <param name="key">As it came in BackendKeyData: 4 to 256 bytes.</param>
    public static void CancelRequest(ByteBuffer output, int processId, ReadOnlySpan<byte> key)
    {
        Invariant.Holds(key.Length is >= 4 and <= 256);
        output.WriteInt32(12 + key.Length);
        output.WriteInt32(StartupCode.CancelRequest);
        output.WriteInt32(processId);
        output.Write(key);
    }

    /// <param name="password">Clear text or the md5 answer, without its closing zero byte.</param>
    public static void PasswordMessage(ByteBuffer output, ReadOnlySpan<byte> password)
    {
        var mark = Begin(output, ClientCode.Password);
        Text(output, password);
        End(output, mark);
    }

    public static void SaslInitialResponse(ByteBuffer output, string mechanism, ReadOnlySpan<byte> data)
    {
        var mark = Begin(output, ClientCode.Password);
        Text(output, mechanism);
        output.WriteInt32(data.Length);
        output.Write(data);
        End(output, mark);
    }

    public static void SaslResponse(ByteBuffer output, ReadOnlySpan<byte> data)
    {
        var mark = Begin(output, ClientCode.Password);
        output.Write(data);
        End(output, mark);
    }

    // Queries.

    public static void Query(ByteBuffer output, string sql)
    {
        var mark = Begin(output, ClientCode.Query);
        Text(output, sql);
        End(output, mark);
    }

    public static void Query(ByteBuffer output, ReadOnlySpan<byte> sql)
    {
        var mark = Begin(output, ClientCode.Query);
        Text(output, sql);
        End(output, mark);
    }

    /// <param name="parameterTypes">Type numbers; 0 or absent: the server decides.</param>
    public static void Parse(
        ByteBuffer output,
        ReadOnlySpan<byte> statement,
        ReadOnlySpan<byte> sql,
        ReadOnlySpan<int> parameterTypes)
    {
        var mark = Begin(output, ClientCode.Parse);
        Text(output, statement);
        Text(output, sql);
        output.WriteInt16(unchecked((short)checked((ushort)parameterTypes.Length)));
        foreach (var type in parameterTypes)
            output.WriteInt32(type);
        End(output, mark);
    }

    /// <summary>Parameters and results in text format.</summary>
    /// <param name="values">Null is SQL's null.</param>
    public static void Bind(
        ByteBuffer output,
        ReadOnlySpan<byte> portal,
        ReadOnlySpan<byte> statement,
        params ReadOnlySpan<string?> values)
    {
        var mark = Begin(output, ClientCode.Bind);
        Text(output, portal);
        Text(output, statement);
        output.WriteInt16(0);
        output.WriteInt16(unchecked((short)checked((ushort)values.Length)));
        foreach (var value in values)
            Value(output, value);
        output.WriteInt16(0);
        End(output, mark);
    }

    /// <param name="kind">S: statement, P: portal.</param>
    public static void Describe(ByteBuffer output, byte kind, ReadOnlySpan<byte> name) =>
        Named(output, ClientCode.Describe, kind, name);

    /// <param name="kind">S: statement, P: portal.</param>
    public static void Close(ByteBuffer output, byte kind, ReadOnlySpan<byte> name) =>
        Named(output, ClientCode.Close, kind, name);

    /// <param name="rowsMax">0: all rows.</param>
    public static void Execute(ByteBuffer output, ReadOnlySpan<byte> portal, int rowsMax = 0)
    {
        var mark = Begin(output, ClientCode.Execute);
        Text(output, portal);
        output.WriteInt32(rowsMax);
        End(output, mark);
    }

    public static void CopyFail(ByteBuffer output, string reason)
    {
        var mark = Begin(output, ClientCode.CopyFail);
        Text(output, reason);
        End(output, mark);
    }

    public static void Sync(ByteBuffer output) => Empty(output, ClientCode.Sync);

    public static void Flush(ByteBuffer output) => Empty(output, ClientCode.Flush);

    public static void Terminate(ByteBuffer output) => Empty(output, ClientCode.Terminate);

    private static void Named(ByteBuffer output, byte code, byte kind, ReadOnlySpan<byte> name)
    {
        Invariant.Holds(kind is (byte)'S' or (byte)'P');
        var mark = Begin(output, code);
        output.WriteByte(kind);
        Text(output, name);
        End(output, mark);
    }
}
