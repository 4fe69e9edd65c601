using System.Collections.Immutable;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Reads one mapping of the file into one record, by the record's table of properties.</summary>
internal sealed class SectionReader(Findings findings, string folder)
{
    /// <summary>Reads a property that has a table of its own; called with the record so far.</summary>
    public delegate T ReadPart<T>(T record, string name, YamlNode node, string path);

    public Findings Findings => findings;

    public string Folder => folder;

    /// <param name="blank">What holds for properties that are left out.</param>
    /// <param name="readPart">
    /// Reads the properties of shape Section and SectionList; null: there are none.
    /// </param>
    public T Read<T>(
        YamlNode node, string path, ImmutableArray<Property<T>> table, T blank, ReadPart<T>? readPart = null)
    {
        findings.Place(path, node.At);
        if (node is not YamlMapping mapping)
        {
            findings.AddFault(path, node.At, $"{Named(path)} must be a section with properties");
            return blank;
        }
        var record = blank;
        var seen = new HashSet<string>();
        foreach (var (key, value) in mapping.Entries)
        {
            var property = table.FirstOrDefault(candidate => candidate.Name == key.Text);
            var place = Join(path, key.Text);
            if (property is null)
                findings.AddFault(place, key.At, UnknownText(path, key.Text, table));
            else if (!seen.Add(key.Text))
                findings.AddFault(place, key.At, $"{key.Text} stands here for the second time");
            else
                record = ReadProperty(property, record, key, value, place, readPart);
        }
        foreach (var missing in table.Where(property => property.IsRequired && !seen.Contains(property.Name)))
            findings.AddFault(
                Join(path, missing.Name), node.At, $"{missing.Name} is missing{Allowed(missing)}");
        return record;
    }

    /// <summary>Reads a list of sections.</summary>
    public ImmutableArray<T> ReadList<T>(YamlNode node, string path, Func<YamlNode, string, T> read)
    {
        findings.Place(path, node.At);
        if (node is YamlText { IsNothing: true })
            return [];
        if (node is not YamlList list)
        {
            findings.AddFault(
                path, node.At, $"{Named(path)} must be a list: each entry begins with a hyphen");
            return [];
        }
        return [.. list.Items.Select((item, i) => read(item, $"{path}[{i}]"))];
    }

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private T ReadProperty<T>(
        Property<T> property, T record, YamlText key, YamlNode value, string path, ReadPart<T>? readPart)
    {
        findings.Place(path, value is YamlText { IsNothing: true } ? key.At : value.At);
        if (property.Origin == PropertyOrigin.Unused)
        {
            findings.AddNote(path, key.At, $"{key.Text} has no effect here: {property.Meaning}");
            return record;
        }
        if (property.Shape is PropertyShape.Section or PropertyShape.SectionList)
            return readPart is null ? record : readPart(record, property.Name, value, path);
        var texts = Texts(property, value, path);
        if (texts.IsEmpty)
            return record;
        if (property.IsFile)
            texts = [CheckedFile(texts[0], value.At, path)];
        var reading = property.Read(record, texts);
        if (reading.Fault is { } fault)
            findings.AddFault(path, value.At, $"{property.Name}: {fault}");
        return reading.Record;
    }

    /// <returns>Empty: nothing to read, or a fault.</returns>
    private ImmutableArray<string> Texts<T>(Property<T> property, YamlNode value, string path)
    {
        if (property.Shape == PropertyShape.List)
            return ReadList(value, path, ReadElement);
        if (value is YamlText { IsNothing: false } text)
            return [text.Text];
        if (value is not YamlText || property.IsRequired)
            findings.AddFault(path, value.At, $"{property.Name} must be a value{Allowed(property)}");
        return [];
    }

    private string ReadElement(YamlNode node, string path)
    {
        findings.Place(path, node.At);
        if (node is YamlText { IsNothing: false } text)
            return text.Text;
        findings.AddFault(path, node.At, $"{Named(path)} must be a value");
        return "";
    }

    private string CheckedFile(string text, TextPosition at, string path)
    {
        var file = Path.GetFullPath(Path.Combine(folder, text));
        if (FileFault.Check(file) is { } fault)
            findings.AddFault(path, at, $"{path[(path.LastIndexOf('.') + 1)..]}: {fault}");
        return file;
    }

    private static string Allowed<T>(Property<T> property) =>
        property.Range.Length == 0 ? "" : $"; allowed: {property.Range}";

    private static string UnknownText<T>(string path, string name, ImmutableArray<Property<T>> table)
    {
        var where = path.Length == 0 ? "here" : $"in {Named(path)}";
        var suggestion = Suggestion.For(name, table.Select(property => property.Name));
        return $"there is no property {name} {where}{suggestion}";
    }

    private static string Named(string path) => path.Length == 0 ? "the file" : path;
}
