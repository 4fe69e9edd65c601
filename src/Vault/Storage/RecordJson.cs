using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sento.Vault.Storage;

/// <summary>
/// How records are written; made by the compiler, so that nothing is looked up at run time.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SecretRecord))]
[JsonSerializable(typeof(VaultIdentity))]
internal sealed partial class RecordJson : JsonSerializerContext;

/// <summary>Whose vault it is: part of every ARN.</summary>
internal sealed record VaultIdentity(string AccountId, string Region);
