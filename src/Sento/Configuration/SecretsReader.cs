using System.Collections.Immutable;
using Sento.Base;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Reads the section of secrets: names, each with username and password as in RDS's JSON.</summary>
internal sealed class SecretsReader(SectionReader sections)
{
    /// <summary>An entry's two texts before they are resolved.</summary>
    internal sealed record Entry(string UserName, string Password);

    /// <summary>The keys of a secret; those that RDS ignores are accepted.</summary>
    public static readonly ImmutableArray<Property<Entry>> Properties =
    [
        Text("username", (entry, value) => entry with { UserName = value }, true, "The user's name."),
        Text(
            "password", (entry, value) => entry with { Password = value }, false,
            "The password; may be left out when clients need none."),
        .. from name in (string[])["engine", "host", "port", "dbname", "dbInstanceIdentifier", "masterarn"]
           select new Property<Entry>
           {
               Name = name,
               Origin = PropertyOrigin.Unused,
               Type = "any",
               Meaning = "RDS ignores it too.",
           },
    ];

    /// <returns>Each entry by its name; null: it is there, but faulty.</returns>
    public ImmutableDictionary<string, SecretConfig?> Read(YamlNode node, string path)
    {
        sections.Findings.Place(path, node.At);
        var secrets = ImmutableDictionary.CreateBuilder<string, SecretConfig?>();
        if (node is YamlText { IsNothing: true })
            return secrets.ToImmutable();
        if (node is not YamlMapping mapping)
        {
            sections.Findings.AddFault(
                path, node.At, "Secrets must be a section: a name, then username and password");
            return secrets.ToImmutable();
        }
        foreach (var (key, value) in mapping.Entries)
        {
            var place = $"{path}.{key.Text}";
            if (secrets.ContainsKey(key.Text))
                sections.Findings.AddFault(
                    place, key.At, $"secret \"{key.Text}\" stands here for the second time");
            else
                secrets.Add(key.Text, ReadEntry(key.Text, value, place));
        }
        return secrets.ToImmutable();
    }

    private SecretConfig? ReadEntry(string name, YamlNode node, string path)
    {
        var countBefore = sections.Findings.Count;
        var entry = sections.Read(node, path, Properties, new Entry("", ""));
        var user = Resolve(entry.UserName, $"{path}.username");
        var password = Resolve(entry.Password, $"{path}.password");
        return sections.Findings.Count > countBefore
            ? null
            : new SecretConfig(name, user, SecretBytes.FromText(password));
    }

    private string Resolve(string text, string path)
    {
        if (!SecretText.TryResolve(text, sections.Folder, out var value, out var fault))
            sections.Findings.AddFault(path, fault);
        return value;
    }

    private static Property<Entry> Text(
        string name, Func<Entry, string, Entry> set, bool isRequired, string meaning) => new()
        {
            Name = name,
            Origin = PropertyOrigin.Rds,
            Type = "text, env:NAME, file:PATH or text:TEXT",
            Meaning = meaning,
            IsRequired = isRequired,
            Read = (entry, texts) => new Reading<Entry>(set(entry, texts[0]), null),
        };
}
