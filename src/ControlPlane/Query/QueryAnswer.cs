using System.Globalization;
using System.Text;
using System.Xml;

namespace Sento.ControlPlane.Query;

/// <summary>Writes the XML of one answer of the Query protocol.</summary>
internal sealed class QueryAnswer : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly XmlWriter _xml;

    private QueryAnswer() => _xml = XmlWriter.Create(
        _stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true });

    public static byte[] Of(string action, string xmlNamespace, string requestId, Action<QueryAnswer> result)
    {
        using var answer = new QueryAnswer();
        answer._xml.WriteStartElement($"{action}Response", xmlNamespace);
        answer.Section($"{action}Result", () => result(answer));
        answer.Section("ResponseMetadata", () => answer.Text("RequestId", requestId));
        answer._xml.WriteEndElement();
        return answer.Take();
    }

    public static byte[] Error(string code, string message, bool isOurs, string requestId)
    {
        using var answer = new QueryAnswer();
        answer._xml.WriteStartElement("ErrorResponse");
        answer.Section("Error", () =>
        {
            answer.Text("Type", isOurs ? "Receiver" : "Sender");
            answer.Text("Code", code);
            answer.Text("Message", message);
        });
        answer.Text("RequestId", requestId);
        answer._xml.WriteEndElement();
        return answer.Take();
    }

    public void Section(string name, Action content)
    {
        _xml.WriteStartElement(name);
        content();
        _xml.WriteEndElement();
    }

    public void List<T>(string name, IEnumerable<T> items, Action<T> write) => Section(name, () =>
    {
        foreach (var item in items)
            Section("member", () => write(item));
    });

    public void Texts(string name, IEnumerable<string> items) => List(name, items, _xml.WriteString);

    public void Text(string name, string value) => _xml.WriteElementString(name, value);

    public void Date(string name, DateTimeOffset value) =>
        Text(name, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _xml.Dispose();
        _stream.Dispose();
    }

    private byte[] Take()
    {
        _xml.Flush();
        return _stream.ToArray();
    }
}
