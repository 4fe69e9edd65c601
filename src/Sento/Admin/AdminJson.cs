using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sento.Host.Admin;

/// <param name="Status">up or down.</param>
/// <param name="Reasons">Why it is down.</param>
internal sealed record HealthBody(
    string Status, ImmutableArray<string> Reasons, ImmutableArray<TargetRow> Targets);

/// <summary>
/// How the rows look as JSON; made by the compiler, so that nothing is looked up at run time.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(ImmutableArray<ClientRow>))]
[JsonSerializable(typeof(ImmutableArray<ServerRow>))]
[JsonSerializable(typeof(ImmutableArray<PinRow>))]
internal sealed partial class AdminJson : JsonSerializerContext;
