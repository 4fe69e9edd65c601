using System.Collections.Immutable;
using Sento.Base;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Reads the section of the vault, and where copies of its secrets are kept.</summary>
internal sealed class VaultReader(SectionReader sections)
{
    /// <summary>A vault of another region before its secret is resolved.</summary>
    internal sealed record ReplicaEntry(
        string Region, string? Folder, string? KeyRing, string? Url, string? AccessKeyId,
        string? SecretAccessKey);

    public static readonly ReplicaEntry BlankReplica = new("", null, null, null, null, null);

    public static readonly ImmutableArray<Property<ReplicaEntry>> ReplicaProperties =
    [
        Text(
            "Region", (entry, value) => entry with { Region = value }, "text",
            "Its region; that of the other vault.", isRequired: true),
        Text(
            "Folder", (entry, value) => entry with { Folder = value }, "path",
            "A vault in a folder of this machine, as sento setup made it."),
        Text(
            "KeyRing", (entry, value) => entry with { KeyRing = value },
            "file:PATH, env:NAME or command:LINE",
            "Where the folder's keys are; left out: the file vault-keys beside it."),
        Text(
            "Url", (entry, value) => entry with { Url = value }, "https URL",
            "The API of another node. http only to loopback."),
        Text(
            "AccessKeyId", (entry, value) => entry with { AccessKeyId = value }, "text",
            "A key of a user of that node's vault, who may do sento:PutReplica and sento:RemoveReplica."),
        Text(
            "SecretAccessKey", (entry, value) => entry with { SecretAccessKey = value },
            "text, env:NAME, file:PATH or text:TEXT", "The key's secret."),
    ];

    public VaultConfig Read(YamlNode node, string path, VaultConfig blank) => sections.Read(
        node, path, VaultProperties.All, blank,
        (vault, name, part, at) => name == "Replicas"
            ? vault with { Replicas = sections.ReadList(part, at, ReadReplica) }
            : vault);

    private ReplicaConfig ReadReplica(YamlNode node, string path)
    {
        var entry = sections.Read(node, path, ReplicaProperties, BlankReplica);
        SecretBytes? secret = null;
        if (entry.SecretAccessKey is { } text)
        {
            if (SecretText.TryResolve(text, sections.Folder, out var resolved, out var fault))
                secret = SecretBytes.FromText(resolved);
            else
                sections.Findings.AddFault($"{path}.SecretAccessKey", fault);
        }
        return new ReplicaConfig
        {
            Region = entry.Region,
            Folder = entry.Folder,
            KeyRing = entry.KeyRing,
            Url = entry.Url,
            AccessKeyId = entry.AccessKeyId,
            SecretAccessKey = secret,
        };
    }

    private static Property<ReplicaEntry> Text(
        string name, Func<ReplicaEntry, string, ReplicaEntry> set, string type, string meaning,
        bool isRequired = false) => new()
        {
            Name = name,
            Origin = PropertyOrigin.Own,
            Type = type,
            Meaning = meaning,
            IsRequired = isRequired,
            Read = (entry, texts) => new(set(entry, texts[0]), null),
        };
}
