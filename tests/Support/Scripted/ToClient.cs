using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>The messages that a server may send, as bytes, for servers that misbehave on purpose.</summary>
/// <remarks>PostgreSQL 18, Message Formats (those marked B).</remarks>
public static class ToClient
{
    public static byte[] AuthenticationOk() => Authentication(0);

    public static byte[] AuthenticationCleartext() => Authentication(3);

    public static byte[] AuthenticationMd5(params byte[] salt) => Authentication(5, salt);

    public static byte[] AuthenticationSasl(params string[] mechanisms) =>
        Authentication(10, [.. mechanisms.SelectMany(m => (byte[])[.. Encoding.UTF8.GetBytes(m), 0]), 0]);

    public static byte[] AuthenticationSaslContinue(string data) => Authentication(11, Encoding.UTF8.GetBytes(data));

    public static byte[] AuthenticationSaslFinal(string data) => Authentication(12, Encoding.UTF8.GetBytes(data));

    public static byte[] Authentication(int kind, params byte[] rest) => WireMessage.Of('R', body =>
    {
        body.WriteInt32(kind);
        body.Write(rest);
    });

    public static byte[] ParameterStatus(string name, string value) => WireMessage.Of('S', body =>
    {
        body.WriteText(name);
        body.WriteText(value);
    });

    public static byte[] BackendKeyData(int processId, params byte[] secret) => WireMessage.Of('K', body =>
    {
        body.WriteInt32(processId);
        body.Write(secret);
    });

    public static byte[] ReadyForQuery(char status = 'I') => WireMessage.Of('Z', body => body.WriteByte((byte)status));

    public static byte[] NegotiateProtocolVersion(int minor, params string[] options) => WireMessage.Of('v', body =>
    {
        body.WriteInt32(minor);
        body.WriteInt32(options.Length);
        foreach (var option in options)
            body.WriteText(option);
    });

    /// <summary>Columns of type text.</summary>
    public static byte[] RowDescription(params string[] columns) => WireMessage.Of('T', body =>
    {
        body.WriteInt16(checked((short)columns.Length));
        foreach (var column in columns)
        {
            body.WriteText(column);
            body.WriteInt32(0);
            body.WriteInt16(0);
            body.WriteInt32(25);
            body.WriteInt16(-1);
            body.WriteInt32(-1);
            body.WriteInt16(0);
        }
    });

    public static byte[] DataRow(params string?[] values) => WireMessage.Of('D', body =>
    {
        body.WriteInt16(checked((short)values.Length));
        foreach (var value in values)
        {
            var bytes = value is null ? null : Encoding.UTF8.GetBytes(value);
            body.WriteInt32(bytes?.Length ?? -1);
            body.Write(bytes);
        }
    });

    public static byte[] CommandComplete(string tag) => WireMessage.Of('C', body => body.WriteText(tag));

    public static byte[] EmptyQueryResponse() => WireMessage.Of('I');

    public static byte[] ParseComplete() => WireMessage.Of('1');

    public static byte[] BindComplete() => WireMessage.Of('2');

    public static byte[] CloseComplete() => WireMessage.Of('3');

    public static byte[] NoData() => WireMessage.Of('n');

    public static byte[] Error(string severity, string sqlState, string text) =>
        ErrorFields(('S', severity), ('V', severity), ('C', sqlState), ('M', text));

    public static byte[] ErrorFields(params (char Code, string Value)[] fields) => Fields('E', fields);

    public static byte[] Notice(string sqlState, string text) =>
        Fields('N', [('S', "NOTICE"), ('V', "NOTICE"), ('C', sqlState), ('M', text)]);

    public static byte[] Notification(int processId, string channel, string payload) => WireMessage.Of('A', body =>
    {
        body.WriteInt32(processId);
        body.WriteText(channel);
        body.WriteText(payload);
    });

    private static byte[] Fields(char code, (char Code, string Value)[] fields) => WireMessage.Of(code, body =>
    {
        foreach (var (field, value) in fields)
        {
            body.WriteByte((byte)field);
            body.WriteText(value);
        }
        body.WriteByte(0);
    });
}
