namespace Sento.Tests.Support.Scripted;

/// <summary>A message as a server sent it.</summary>
/// <remarks>
/// <see cref="Text"/> is short, for expectations written by hand. <see cref="FullText"/> holds all that a client
/// can see except what differs between two runs of one server: <see cref="MessageText"/> lists what is left out.
/// </remarks>
public sealed class ServerMessage(char code, byte[] body)
{
    public char Code { get; } = code;

    public ReadOnlyMemory<byte> Body { get; } = body;

    public string Text => MessageText.Of(this, isFull: false);

    public string FullText => MessageText.Of(this, isFull: true);

    public bool IsReady => Code == 'Z';

    public bool IsError => Code == 'E';

    /// <summary>The transaction status of a ReadyForQuery: I, T or E.</summary>
    public char Status => Code == 'Z' ? (char)Body.Span[0] : throw Wrong("ReadyForQuery");

    /// <summary>The SQLSTATE of an error or notice.</summary>
    public string SqlState => Field('C') ?? "";

    /// <summary>One field of an error or notice by its code, null when the server did not send it.</summary>
    public string? Field(char field)
    {
        if (Code is not ('E' or 'N'))
            throw Wrong("error or notice");
        var reader = new BodyReader(Body.Span);
        while (!reader.IsAtEnd && reader.Byte() is var code && code != 0)
        {
            var value = reader.Text();
            if (code == field)
                return value;
        }
        return null;
    }

    /// <summary>The name and value of a ParameterStatus.</summary>
    public (string Name, string Value) Parameter()
    {
        if (Code != 'S')
            throw Wrong("ParameterStatus");
        var reader = new BodyReader(Body.Span);
        return (reader.Text(), reader.Text());
    }

    /// <summary>The columns of a DataRow as text, null where NULL.</summary>
    public string?[] Row()
    {
        if (Code != 'D')
            throw Wrong("DataRow");
        var reader = new BodyReader(Body.Span);
        var row = new string?[(ushort)reader.Int16()];
        for (var i = 0; i < row.Length; i++)
        {
            var length = reader.Int32();
            row[i] = length < 0 ? null : BodyReader.Printable(reader.Take(length));
        }
        return row;
    }

    public override string ToString() => Text;

    private InvalidOperationException Wrong(string wanted) => new($"'{Code}' is not {wanted}.");
}
