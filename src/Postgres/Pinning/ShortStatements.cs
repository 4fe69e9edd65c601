using System.Buffers.Binary;

namespace Sento.Postgres.Pinning;

/// <summary>
/// BEGIN, COMMIT and ROLLBACK as nearly everyone writes them: every other statement of many drivers.
/// </summary>
internal static class ShortStatements
{
    private const int BytesMax = 8;

    private static readonly ulong Begin = Folded("begin"u8);
    private static readonly ulong Commit = Folded("commit"u8);
    private static readonly ulong Rollback = Folded("rollback"u8);

    private static readonly StatementTraits Starts = StatementTraits.Of(StatementEffects.TransactionStart, 1);
    private static readonly StatementTraits Ends = StatementTraits.Of(StatementEffects.TransactionEnd, 1);

    /// <returns>Null: read the text.</returns>
    public static StatementTraits? Find(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[^1] == ';')
            text = text[..^1];
        if (text.Length is < 5 or > BytesMax)
            return null;
        var folded = Folded(text);
        if (folded == Begin)
            return Starts;
        return folded == Commit || folded == Rollback ? Ends : null;
    }

    /// <summary>
    /// Letters alone fold to letters, so nothing but the word in some case equals a folded word.
    /// </summary>
    private static ulong Folded(ReadOnlySpan<byte> text)
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        bytes.Fill((byte)' ');
        text.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | 0x2020_2020_2020_2020;
    }
}
