using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sento.ControlPlane.Actions;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Vault;

namespace Sento.ControlPlane.Api;

/// <summary>
/// The Secrets Manager API over a vault: runs an operation for a caller, and writes down that it did. Any
/// thread.
/// </summary>
public sealed class SecretsService(
    SecretVault vault, RotationFunctions functions, ReplicaRegions regions)
{
    private const int JsonDepthMax = 16;

    private static readonly JsonWriterOptions Writing =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };

    private static readonly FrozenDictionary<string, Entry> Operations = new Dictionary<string, Entry>
    {
        ["BatchGetSecretValue"] = Reads(BatchGetSecretValue.Run),
        ["CancelRotateSecret"] = Changes(CancelRotateSecret.Run),
        ["CreateSecret"] = Changes(CreateSecret.Run),
        ["DeleteResourcePolicy"] = Changes(DeleteResourcePolicy.Run),
        ["DeleteSecret"] = Changes(DeleteSecret.Run),
        ["DescribeSecret"] = Reads(DescribeSecret.Run),
        ["GetRandomPassword"] = Reads(GetRandomPassword.Run),
        ["GetResourcePolicy"] = Reads(GetResourcePolicy.Run),
        ["GetSecretValue"] = Reads(GetSecretValue.Run),
        ["ListSecretVersionIds"] = Reads(ListSecretVersionIds.Run),
        ["ListSecrets"] = Reads(ListSecrets.Run),
        ["PutResourcePolicy"] = Changes(PutResourcePolicy.Run),
        ["PutSecretValue"] = Changes(PutSecretValue.Run),
        [ReplicaMessage.Put] = Changes(PutReplica.Run),
        [ReplicaMessage.Remove] = Changes(RemoveReplica.Run),
        ["RemoveRegionsFromReplication"] = Changes(RemoveRegionsFromReplication.Run),
        ["ReplicateSecretToRegions"] = Changes(ReplicateSecretToRegions.Run),
        ["RestoreSecret"] = Changes(RestoreSecret.Run),
        ["RotateSecret"] = Changes(RotateSecret.Run),
        ["StopReplicationToReplica"] = Changes(StopReplicationToReplica.Run),
        ["TagResource"] = Changes(TagResource.Run),
        ["UntagResource"] = Changes(UntagResource.Run),
        ["UpdateSecret"] = Changes(UpdateSecret.Run),
        ["UpdateSecretVersionStage"] = Changes(UpdateSecretVersionStage.Run),
        ["ValidateResourcePolicy"] = Reads(ValidateResourcePolicy.Run),
    }.ToFrozenDictionary();

    private readonly Authorization _authorization = new(vault.Region);

    public static bool Knows(string operation) => Operations.ContainsKey(operation);

    /// <summary>Runs an operation of the API.</summary>
    /// <returns>The answer as JSON; the caller wipes it.</returns>
    /// <exception cref="ApiFault">Refused; nothing was changed.</exception>
    /// <exception cref="VaultFault">The vault can't answer; nothing was changed.</exception>
    public byte[] Run(Caller caller, string operation, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (!Operations.TryGetValue(operation, out var entry))
            throw new ApiFault("UnknownOperationException", "");
        using var document = Parse(body);
        using var buffer = new WipingBuffer();
        using var output = new Utf8JsonWriter(buffer, Writing);
        var call = new SecretsCall
        {
            Vault = vault,
            Caller = caller,
            Authorization = _authorization,
            Operation = operation,
            Input = new Parameters(document.RootElement),
            Output = output,
            Now = now,
            Functions = functions,
            Regions = regions,
        };
        Run(call, entry);
        output.Flush();
        return buffer.ToArray();
    }

    private static void Run(SecretsCall call, Entry entry)
    {
        try
        {
            if (!entry.IsChanging)
            {
                Perform(call, entry);
                return;
            }
            call.Vault.Write(writer =>
            {
                call.Writer = writer;
                Perform(call, entry);
                return 0;
            });
        }
        catch (ApiFault fault)
        {
            call.NoteUse(fault.Code == "AccessDeniedException" ? "denied" : fault.Code);
            throw;
        }
    }

    /// <summary>
    /// What was not written down has not happened: the log comes before the end of the change.
    /// </summary>
    private static void Perform(SecretsCall call, Entry entry)
    {
        call.Output.WriteStartObject();
        entry.Action(call);
        call.Output.WriteEndObject();
        call.NoteUse("done");
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var options =
                new JsonDocumentOptions { MaxDepth = JsonDepthMax, AllowDuplicateProperties = false };
            if (body.IsEmpty)
                body = "{}"u8.ToArray();
            CheckEscapes(body.Span);
            var document = JsonDocument.Parse(body, options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The parser's own words may quote what it could not read.
        }
        throw ApiFault.Malformed("The body is not a JSON object.");
    }

    /// <summary>
    /// Half a surrogate pair is valid JSON and no text: whoever reads it would throw, wherever that is.
    /// </summary>
    private static void CheckEscapes(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = JsonDepthMax });
        byte[]? scratch = null;
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    reader.CopyString(scratch ??= new byte[body.Length]);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scratch);
        }
    }

    private static Entry Reads(Action<SecretsCall> action) => new(action, IsChanging: false);

    private static Entry Changes(Action<SecretsCall> action) => new(action, IsChanging: true);

    private sealed record Entry(Action<SecretsCall> Action, bool IsChanging);
}
