using System.Text;
using Sento.Base;

namespace Sento.Postgres.Wire;

/// <summary>ErrorResponse or NoticeResponse: {Byte1(kind) String}* Byte1(0), kept as it came.</summary>
/// <remarks>
/// No field is taken for granted: a hostile server may leave out any of them, the SQLSTATE too.
/// PostgreSQL 18, Error and Notice Message Fields.
/// </remarks>
public sealed class ErrorFields
{
    private readonly byte[] _body;

    private ErrorFields(byte[] body) => _body = body;

    /// <summary>The body of the message, to be sent on as it is.</summary>
    public ReadOnlySpan<byte> Body => _body;

    /// <summary>ERROR, FATAL, PANIC, WARNING ...; not translated where the server is 9.6 or newer.</summary>
    public string? Severity => Text((byte)'V') ?? Text((byte)'S');

    /// <summary>Five digits or capital letters; null: absent or malformed.</summary>
    public string? SqlState => TryFind(_body, (byte)'C', out var value) && Wire.SqlState.IsWellFormed(value)
        ? Encoding.ASCII.GetString(value)
        : null;

    public string? Message => Text((byte)'M');

    public string? Detail => Text((byte)'D');

    public string? Hint => Text((byte)'H');

    /// <summary>Copies the body. The caller has bounded its length.</summary>
    /// <exception cref="ProtocolViolation">The body does not have the shape of fields.</exception>
    public static ErrorFields Read(ReadOnlySpan<byte> body)
    {
        TryFind(body, 0, out _);
        return new ErrorFields(body.ToArray());
    }

    /// <summary>
    /// First field of a kind, in place; walks all fields, so that the shape is checked. No allocation.
    /// </summary>
    /// <exception cref="ProtocolViolation">The body does not have the shape of fields.</exception>
    public static bool TryFind(ReadOnlySpan<byte> body, byte kind, out ReadOnlySpan<byte> value)
    {
        value = default;
        var found = false;
        var reader = new MessageReader(body);
        for (var next = reader.ReadByte(); next != 0; next = reader.ReadByte())
        {
            var text = reader.ReadText();
            if (next != kind || found)
                continue;
            value = text;
            found = true;
        }
        reader.ExpectEnd();
        return found;
    }

    /// <summary>
    /// A field as text; bytes that are not UTF-8 are replaced, for a server may speak before it knows the
    /// encoding.
    /// </summary>
    public string? Text(byte kind) =>
        TryFind(_body, kind, out var value) ? Encoding.UTF8.GetString(value) : null;
}
