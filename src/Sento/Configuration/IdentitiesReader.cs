using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sento.Base;
using Sento.Identity.Policies;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Reads the section of identities: users, their keys and policies.</summary>
internal sealed class IdentitiesReader(SectionReader sections)
{
    private const int PolicyFileBytesMax = 65_536;

    /// <summary>A key before its secret is resolved.</summary>
    internal sealed record KeyEntry(string AccessKeyId, string Secret, bool IsActive);

    public static readonly KeyEntry BlankKey = new("", "", true);

    public static readonly ImmutableArray<Property<KeyEntry>> KeyProperties =
    [
        Text("AccessKeyId", (entry, value) => entry with { AccessKeyId = value }, "text", "The key's id."),
        Text(
            "SecretAccessKey", (entry, value) => entry with { Secret = value },
            "text, env:NAME, file:PATH or text:TEXT", "The key's secret."),
        new Property<KeyEntry>
        {
            Name = "Status",
            Origin = PropertyOrigin.Rds,
            Type = "one of",
            Range = "Active, Inactive",
            Meaning = "An inactive key signs nothing.",
            Show = entry => entry.IsActive ? "Active" : "Inactive",
            Read = (entry, texts) => texts[0] is "Active" or "Inactive"
                ? new(entry with { IsActive = texts[0] == "Active" }, null)
                : new(entry, $"\"{texts[0]}\" is not one of Active, Inactive"),
        },
    ];

    public static readonly PolicyConfig BlankPolicy = new("", "");

    public static readonly ImmutableArray<Property<PolicyConfig>> PolicyProperties =
    [
        new Property<PolicyConfig>
        {
            Name = "PolicyName",
            Origin = PropertyOrigin.Rds,
            Type = "text",
            Meaning = "What the policy is called where a decision is explained.",
            IsRequired = true,
            Read = (policy, texts) => new(policy with { PolicyName = texts[0] }, null),
        },
        new Property<PolicyConfig>
        {
            Name = "PolicyDocument",
            Origin = PropertyOrigin.Rds,
            Shape = PropertyShape.Section,
            Type = "policy",
            Range = "a section, JSON as text, or file:PATH",
            Meaning = "An IAM policy.",
            IsRequired = true,
        },
    ];

    public IdentitiesConfig Read(YamlNode node, string path) => sections.Read(
        node, path, IdentityProperties.All, IdentityProperties.Blank,
        (identities, name, part, at) => name switch
        {
            "Users" => identities with { Users = sections.ReadList(part, at, ReadUser) },
            "Issuers" => identities with { Issuers = sections.ReadList(part, at, ReadIssuer) },
            "AwsCallers" => identities with { AwsCallers = ReadCallers(part, at) },
            _ => identities,
        });

    private IssuerConfig ReadIssuer(YamlNode node, string path) => sections.Read(
        node, path, IssuerProperties.All, IssuerProperties.Blank,
        (issuer, _, part, at) => issuer with
        {
            Users = sections.ReadList(part, at, (user, place) =>
                sections.Read(user, place, ClaimedUserProperties.All, ClaimedUserProperties.Blank)),
        });

    private AwsCallersConfig ReadCallers(YamlNode node, string path) => sections.Read(
        node, path, AwsCallersProperties.All, AwsCallersProperties.Blank,
        (callers, _, part, at) => callers with
        {
            Users = sections.ReadList(part, at, (user, place) =>
                sections.Read(user, place, AwsCallerProperties.All, AwsCallerProperties.Blank)),
        });

    private UserConfig ReadUser(YamlNode node, string path) => sections.Read(
        node, path, UserProperties.All, UserProperties.Blank,
        (user, name, part, at) => name switch
        {
            "AccessKeys" => user with { AccessKeys = sections.ReadList(part, at, ReadKey) },
            "Policies" => user with { Policies = sections.ReadList(part, at, ReadPolicy) },
            "Tags" => user with { Tags = sections.ReadList(part, at, ReadTag) },
            _ => user,
        });

    private TagConfig ReadTag(YamlNode node, string path) =>
        sections.Read(node, path, TagProperties.All, TagProperties.Blank);

    private AccessKeyConfig ReadKey(YamlNode node, string path)
    {
        var entry = sections.Read(node, path, KeyProperties, BlankKey);
        if (!SecretText.TryResolve(entry.Secret, sections.Folder, out var secret, out var fault))
            sections.Findings.AddFault($"{path}.SecretAccessKey", fault);
        return new AccessKeyConfig(entry.AccessKeyId, SecretBytes.FromText(secret), entry.IsActive);
    }

    private PolicyConfig ReadPolicy(YamlNode node, string path) => sections.Read(
        node, path, PolicyProperties, BlankPolicy,
        (policy, _, part, at) => policy with { Document = ReadDocument(part, at) });

    private string ReadDocument(YamlNode node, string path)
    {
        var json = node is YamlText text ? ReadText(text.Text, path) : ToJson(node);
        if (json is null)
            return "";
        foreach (var fault in PolicyDocument.Parse(json, PolicyUse.Identity).Faults)
            sections.Findings.AddFault(path, node.At, $"PolicyDocument: {fault}");
        return json;
    }

    private string? ReadText(string text, string path)
    {
        const string file = "file:";
        if (!text.StartsWith(file, StringComparison.Ordinal))
            return text;
        var name = Path.Combine(sections.Folder, text[file.Length..]);
        try
        {
            if (new FileInfo(name).Length <= PolicyFileBytesMax)
                return File.ReadAllText(name);
            sections.Findings.AddFault(path, $"{name} is longer than {PolicyFileBytesMax} bytes");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            sections.Findings.AddFault(path, $"{name} can't be read: {FileFault.Of(error)}");
        }
        return null;
    }

    /// <summary>A policy written as YAML: what is no list and no section is a text.</summary>
    private static string ToJson(YamlNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { SkipValidation = true }))
            Write(writer, node);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, YamlNode node)
    {
        switch (node)
        {
            case YamlText text:
                writer.WriteStringValue(text.Text);
                break;
            case YamlList list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case YamlMapping mapping:
                writer.WriteStartObject();
                foreach (var (key, value) in mapping.Entries)
                {
                    writer.WritePropertyName(key.Text);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
        }
    }

    private static Property<KeyEntry> Text(
        string name, Func<KeyEntry, string, KeyEntry> set, string type, string meaning) => new()
        {
            Name = name,
            Origin = PropertyOrigin.Own,
            Type = type,
            Meaning = meaning,
            IsRequired = true,
            Read = (entry, texts) => new(set(entry, texts[0]), null),
        };
}
