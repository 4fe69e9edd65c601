using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Sento.Base;
using Sento.Vault;

namespace Sento.ControlPlane.Api;

/// <summary>
/// The members of a request's JSON, each checked as it is read. Null members count as absent.
/// </summary>
internal readonly struct Parameters(JsonElement root)
{
    public string? Text(string name, int charactersMin, int charactersMax)
    {
        if (!TryGet(name, JsonValueKind.String, out var value))
            return null;
        var text = value.GetString()!;
        CheckLength(name, text.Length, charactersMin, charactersMax);
        return text;
    }

    public string Required(string name, int charactersMin, int charactersMax) =>
        Text(name, charactersMin, charactersMax) ?? throw Missing(name);

    public long? Integer(string name, long min, long max)
    {
        if (!TryGet(name, JsonValueKind.Number, out var value))
            return null;
        if (!value.TryGetInt64(out var number))
            throw ApiFault.Malformed($"{name} is not a whole number");
        if (number < min || number > max)
            throw Constraint(name, number < min
                ? $"Member must have value greater than or equal to {min}"
                : $"Member must have value less than or equal to {max}");
        return number;
    }

    public bool? Flag(string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw ApiFault.Malformed($"{name} is not a boolean"),
        };
    }

    /// <returns>Null: absent, which is not the same as empty.</returns>
    public ImmutableArray<string>? Texts(string name, int countMax, int charactersMax)
    {
        if (!TryGet(name, JsonValueKind.Array, out var value))
            return null;
        CheckLength(name, value.GetArrayLength(), 0, countMax);
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
                throw ApiFault.Malformed($"{name} is not a list of strings");
            var text = item.GetString()!;
            CheckLength(name, text.Length, 1, charactersMax);
            texts.Add(text);
        }
        return texts.ToImmutable();
    }

    /// <returns>Null: absent.</returns>
    public ImmutableArray<Parameters>? Items(string name, int countMax)
    {
        if (!TryGet(name, JsonValueKind.Array, out var value))
            return null;
        CheckLength(name, value.GetArrayLength(), 0, countMax);
        var items = ImmutableArray.CreateBuilder<Parameters>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw ApiFault.Malformed($"{name} is not a list of structures");
            items.Add(new Parameters(item));
        }
        return items.ToImmutable();
    }

    public Parameters? Section(string name) =>
        TryGet(name, JsonValueKind.Object, out var value) ? new Parameters(value) : null;

    /// <summary>SecretString or SecretBinary; null: neither. The caller wipes it.</summary>
    public SecretValue? Value()
    {
        var hasText = TryGet("SecretString", JsonValueKind.String, out var text);
        var hasBytes = TryGet("SecretBinary", JsonValueKind.String, out var bytes);
        if (hasText && hasBytes)
            throw ApiFault.InvalidParameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.");
        if (!hasText && !hasBytes)
            return null;
        return hasText ? Text(text) : Binary(bytes);
    }

    private static SecretValue Text(JsonElement element)
    {
        // Never as a string of .NET's, which nobody can wipe.
        var raw = JsonMarshal.GetRawUtf8Value(element);
        var buffer = new byte[raw.Length];
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            var length = reader.CopyString(buffer);
            CheckLength("SecretString", length, 1, SecretValue.BytesMax);
            return new SecretValue(isText: true, new SecretBytes(buffer.AsSpan(0, length)));
        }
        catch (InvalidOperationException)
        {
            throw ApiFault.Malformed("SecretString is not valid Unicode");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static SecretValue Binary(JsonElement element)
    {
        if (!element.TryGetBytesFromBase64(out var bytes))
            throw ApiFault.Malformed("SecretBinary is not base64");
        CheckLength("SecretBinary", bytes.Length, 1, SecretValue.BytesMax);
        var value = new SecretValue(isText: false, new SecretBytes(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return value;
    }

    private bool TryGet(string name, JsonValueKind kind, out JsonElement value)
    {
        if (!root.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
            return false;
        return value.ValueKind == kind
            ? true
            : throw ApiFault.Malformed($"{name} is not a {kind.ToString().ToLowerInvariant()}");
    }

    private static void CheckLength(string name, int length, int min, int max)
    {
        if (length < min)
            throw Constraint(name, $"Member must have length greater than or equal to {min}");
        if (length > max)
            throw Constraint(name, $"Member must have length less than or equal to {max}");
    }

    public static ApiFault Missing(string name) => ApiFault.Validation(
        $"1 validation error detected: Value null at '{Camel(name)}' failed to satisfy constraint: "
        + "Member must not be null");

    private static ApiFault Constraint(string name, string constraint) => ApiFault.Validation(
        $"1 validation error detected: Value at '{Camel(name)}' failed to satisfy constraint: {constraint}");

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
