using System.Text.Json.Serialization;

namespace Sento.Vault.Auditing;

/// <summary>One line of the audit log: who did what to which secret, when, and what let them.</summary>
public sealed record AuditEntry
{
    /// <summary>The outcome of what was done.</summary>
    public const string Done = "done";

    /// <summary>The principal of what nobody known has done.</summary>
    public const string Unknown = "unknown";

    private const int StrangerCharactersMax = 512;

    [JsonPropertyName("n")]
    public long Number { get; init; }

    [JsonPropertyName("time")]
    public DateTimeOffset Time { get; init; }

    /// <summary>
    /// An ARN, or what was claimed to be one; a proxy or a local user for uses without the API.
    /// </summary>
    [JsonPropertyName("principal")]
    public required string Principal { get; init; }

    /// <summary>The caller's address; null: this machine, without a network.</summary>
    [JsonPropertyName("source")]
    public string? Source { get; init; }

    [JsonPropertyName("operation")]
    public required string Operation { get; init; }

    [JsonPropertyName("secret")]
    public string? Secret { get; init; }

    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>What it is about where that is no secret: a user, a role, a key, a database user.</summary>
    [JsonPropertyName("target")]
    public string? Target { get; init; }

    /// <summary>How the principal proved it, where that was not by a key of ours.</summary>
    [JsonPropertyName("proof")]
    public string? Proof { get; init; }

    /// <summary>done, denied, or the code of the error.</summary>
    [JsonPropertyName("outcome")]
    public required string Outcome { get; init; }

    /// <summary>The policy and statement that decided.</summary>
    [JsonPropertyName("by")]
    public string? By { get; init; }

    /// <summary>What a stranger has sent, cut to what a line can hold however it is escaped.</summary>
    public static string? Short(string? text, int charactersMax = StrangerCharactersMax) =>
        text is not null && text.Length > charactersMax ? text[..charactersMax] + "…" : text;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext;
