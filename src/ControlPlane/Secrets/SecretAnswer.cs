using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>The answer of GetSecretValue, read by somebody who has asked. Pure.</summary>
public static class SecretAnswer
{
    /// <returns>Null: it is no such answer. The caller wipes it.</returns>
    public static SecretValue? Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new Parameters(document.RootElement).Value()
                : null;
        }
        catch (Exception error) when (error is JsonException or ApiFault)
        {
            return null;
        }
    }
}
