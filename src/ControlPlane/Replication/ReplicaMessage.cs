using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Replication;

/// <summary>What a vault tells another one of a secret that it keeps a copy of. Pure.</summary>
/// <remarks>
/// The whole of its description and labels each time, and one value at a time: the other side answers which
/// values it lacks, and moves the labels once it has them all.
/// </remarks>
internal static class ReplicaMessage
{
    /// <summary>Makes the copy what the message says.</summary>
    public const string Put = "sento:PutReplica";

    /// <summary>Ends a copy.</summary>
    public const string Remove = "sento:RemoveReplica";

    /// <summary>The code of a refusal: the copy is a secret of its own by now.</summary>
    public const string Promoted = "ReplicaPromotedException";

    /// <param name="value">Of this version; null: none goes along.</param>
    public static byte[] OfSecret(
        SecretRecord record, SecretReplica replica, (SecretVersion Version, SecretValue Value)? value) =>
        Write(json =>
        {
            WriteHead(json, record, replica.Region);
            Write(json, "Description", record.Description);
            Write(json, "KmsKeyId", replica.KmsKeyId);
            Write(json, "ResourcePolicy", record.ResourcePolicy);
            json.WriteBoolean("Overwrite", replica.OverwritesOther);
            json.WriteNumber("CreatedDate", record.CreatedDate.ToUnixTimeMilliseconds());
            if (record.LastChangedDate is { } changed)
                json.WriteNumber("LastChangedDate", changed.ToUnixTimeMilliseconds());
            if (record.Tags is { } tags)
                WriteTags(json, tags);
            WriteVersions(json, record.Versions);
            if (value is { } one)
                WriteValue(json, one.Version, one.Value);
        });

    public static byte[] OfRemoval(SecretRecord record, SecretReplica replica) =>
        Write(json => WriteHead(json, record, replica.Region));

    /// <summary>What a copy holds that has taken the message: when it differs, it is behind.</summary>
    public static string DigestOf(SecretRecord record, SecretReplica replica) => Convert.ToHexStringLower(
        SHA256.HashData(OfSecret(record, replica with { OverwritesOther = false }, null)));

    /// <summary>Versions whose values the other side lacks.</summary>
    public static ImmutableArray<string> Missing(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return [.. document.RootElement.GetProperty("MissingVersionIds").EnumerateArray()
                .Select(id => id.GetString()!)];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            throw new ReplicaFault("", "its answer is not one of a vault of Sento's");
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var buffer = new WipingBuffer();
        using (var json = new Utf8JsonWriter((IBufferWriter<byte>)buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteHead(Utf8JsonWriter json, SecretRecord record, string region)
    {
        json.WriteString("PrimaryARN", record.Arn);
        json.WriteString("Name", record.Name);
        json.WriteString("Region", region);
    }

    private static void WriteTags(Utf8JsonWriter json, ImmutableArray<SecretTag> tags)
    {
        json.WriteStartArray("Tags");
        foreach (var tag in tags)
        {
            json.WriteStartObject();
            json.WriteString("Key", tag.Key);
            json.WriteString("Value", tag.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Those with a label and a value; the others nobody can ask for.</summary>
    private static void WriteVersions(Utf8JsonWriter json, ImmutableArray<SecretVersion> versions)
    {
        json.WriteStartArray("Versions");
        foreach (var version in versions.Where(v => v.HasValue && !v.Stages.IsEmpty))
        {
            json.WriteStartObject();
            json.WriteString("VersionId", version.Id);
            json.WriteNumber("CreatedDate", version.CreatedDate.ToUnixTimeMilliseconds());
            json.WriteStartArray("VersionStages");
            foreach (var stage in version.Stages)
                json.WriteStringValue(stage);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, SecretVersion version, SecretValue value)
    {
        json.WriteString("VersionId", version.Id);
        if (value.IsText)
            json.WriteString("SecretString", value.Bytes.Span);
        else
            json.WriteBase64String("SecretBinary", value.Bytes.Span);
    }

    private static void Write(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }
}
