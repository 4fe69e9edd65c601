using Sento.Base;

namespace Sento.Vault;

/// <summary>What a version holds: a text or bytes. Whoever has it wipes it by disposing.</summary>
public sealed class SecretValue(bool isText, SecretBytes bytes) : IDisposable
{
    public const int BytesMax = 65_536;

    /// <summary>True: SecretString; false: SecretBinary.</summary>
    public bool IsText { get; } = isText;

    public SecretBytes Bytes { get; } = bytes;

    public static SecretValue OfText(string text) => new(true, SecretBytes.FromText(text));

    public bool IsSame(SecretValue other) =>
        IsText == other.IsText && Bytes.FixedTimeEquals(other.Bytes.Span);

    public void Dispose() => Bytes.Dispose();

    public override string ToString() => "(secret)";
}
