using System.Text;
using Sento.Base;

namespace Sento.Tests.Support.Scripted;

/// <summary>Every message that a client may send, as bytes. Meant for <c>using static</c>.</summary>
/// <remarks>PostgreSQL 18, Message Formats (those marked F).</remarks>
public static class ToServer
{
    public const int Version30 = 3 << 16;
    public const int Version32 = (3 << 16) | 2;

    private const int CancelCode = (1234 << 16) | 5678;
    private const int TlsCode = (1234 << 16) | 5679;
    private const int GssCode = (1234 << 16) | 5680;

    public static byte[] Startup(int version, params (string Name, string Value)[] parameters) =>
        WireMessage.Untyped(body =>
        {
            body.WriteInt32(version);
            foreach (var (name, value) in parameters)
            {
                body.WriteText(name);
                body.WriteText(value);
            }
            body.WriteByte(0);
        });

    public static byte[] SslRequest() => WireMessage.Untyped(body => body.WriteInt32(TlsCode));

    public static byte[] GssEncRequest() => WireMessage.Untyped(body => body.WriteInt32(GssCode));

    public static byte[] CancelRequest(int processId, ReadOnlyMemory<byte> secret) => WireMessage.Untyped(body =>
    {
        body.WriteInt32(CancelCode);
        body.WriteInt32(processId);
        body.Write(secret.Span);
    });

    public static byte[] Password(string text) => WireMessage.Of('p', body => body.WriteText(text));

    public static byte[] SaslInitial(string mechanism, string data) => WireMessage.Of('p', body =>
    {
        body.WriteText(mechanism);
        var bytes = Encoding.UTF8.GetBytes(data);
        body.WriteInt32(bytes.Length);
        body.Write(bytes);
    });

    public static byte[] SaslResponse(string data) =>
        WireMessage.Of('p', body => body.Write(Encoding.UTF8.GetBytes(data)));

    public static byte[] Query(string text) => WireMessage.Of('Q', body => body.WriteText(text));

    public static byte[] Parse(string name, string text, params int[] parameterTypes) => WireMessage.Of('P', body =>
    {
        body.WriteText(name);
        body.WriteText(text);
        body.WriteInt16(checked((short)parameterTypes.Length));
        foreach (var type in parameterTypes)
            body.WriteInt32(type);
    });

    /// <summary>Binds text parameters (null is NULL), text results.</summary>
    public static byte[] Bind(string portal, string statement, params string?[] values) =>
        BindRaw(portal, statement, [], [.. values.Select(v => v is null ? null : Encoding.UTF8.GetBytes(v))], []);

    /// <summary>Binds with chosen format codes: 0 text, 1 binary; none, one for all, or one each.</summary>
    public static byte[] BindRaw(
        string portal, string statement, short[] parameterFormats, byte[]?[] values, short[] resultFormats) =>
        WireMessage.Of('B', body =>
        {
            body.WriteText(portal);
            body.WriteText(statement);
            WriteFormats(body, parameterFormats);
            body.WriteInt16(unchecked((short)(ushort)values.Length));
            foreach (var value in values)
            {
                body.WriteInt32(value?.Length ?? -1);
                body.Write(value);
            }
            WriteFormats(body, resultFormats);
        });

    public static byte[] DescribeStatement(string name) => Named('D', 'S', name);

    public static byte[] DescribePortal(string name) => Named('D', 'P', name);

    public static byte[] CloseStatement(string name) => Named('C', 'S', name);

    public static byte[] ClosePortal(string name) => Named('C', 'P', name);

    /// <param name="rowsMax">0: all rows.</param>
    public static byte[] Execute(string portal = "", int rowsMax = 0) => WireMessage.Of('E', body =>
    {
        body.WriteText(portal);
        body.WriteInt32(rowsMax);
    });

    public static byte[] Sync() => WireMessage.Of('S');

    public static byte[] Flush() => WireMessage.Of('H');

    public static byte[] CopyData(string text) => CopyData(Encoding.UTF8.GetBytes(text));

    public static byte[] CopyData(ReadOnlyMemory<byte> bytes) => WireMessage.Of('d', body => body.Write(bytes.Span));

    public static byte[] CopyDone() => WireMessage.Of('c');

    public static byte[] CopyFail(string why) => WireMessage.Of('f', body => body.WriteText(why));

    /// <summary>Calls a function by its object id with text arguments and a text result.</summary>
    public static byte[] FunctionCall(int functionId, params string?[] arguments) => WireMessage.Of('F', body =>
    {
        body.WriteInt32(functionId);
        body.WriteInt16(0);
        body.WriteInt16(checked((short)arguments.Length));
        foreach (var argument in arguments)
        {
            var bytes = argument is null ? null : Encoding.UTF8.GetBytes(argument);
            body.WriteInt32(bytes?.Length ?? -1);
            body.Write(bytes);
        }
        body.WriteInt16(0);
    });

    public static byte[] Terminate() => WireMessage.Of('X');

    /// <summary>A message of any code with any body; the length is right.</summary>
    public static byte[] Typed(char code, params byte[] body) => WireMessage.Of(code, b => b.Write(body));

    /// <summary>A header with a length of choice and no body: the lie of a hostile client.</summary>
    public static byte[] Header(char code, int length) =>
        [(byte)code, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];

    /// <summary>The whole extended sequence of one statement, up to but without Sync.</summary>
    public static byte[] Extended(string text, params string?[] values) =>
        [.. Parse("", text), .. Bind("", "", values), .. DescribePortal(""), .. Execute()];

    private static byte[] Named(char code, char kind, string name) => WireMessage.Of(code, body =>
    {
        body.WriteByte((byte)kind);
        body.WriteText(name);
    });

    private static void WriteFormats(ByteBuffer body, short[] formats)
    {
        body.WriteInt16(checked((short)formats.Length));
        foreach (var format in formats)
            body.WriteInt16(format);
    }
}
