namespace Sento.Postgres.Pinning;

/// <summary>
/// A place in a statement text, in bytes; <paramref name="End"/> is the first byte after it.
/// </summary>
public readonly record struct TextRange(int Start, int End)
{
    public int Length => End - Start;

    public bool IsEmpty => End == Start;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text[Start..End];
}
