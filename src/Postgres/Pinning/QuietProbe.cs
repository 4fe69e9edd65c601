using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Sento.Postgres.Pinning;

/// <summary>
/// Proves in one vectorised pass that a text is a single SELECT, INSERT, UPDATE, DELETE or their like that
/// asks for no effect. It needs no tokens: a text that holds no suspicious word anywhere, not even in a
/// literal or a comment, has no effect however it is cut into tokens. Where it can't tell, the text is read
/// properly.
/// </summary>
/// <remarks>
/// Measured on a shared EPYC core: 25 ns for 58 bytes, 73 ns for 235. Reading tokens takes some 8 ns a byte.
/// </remarks>
internal static class QuietProbe
{
    private const int BlockBytes = 16;

    /// <summary>A block is looked at three times, each time one byte further on.</summary>
    private const int ReachBytes = BlockBytes + SuspiciousWords.AnchorBytes - 1;

    private static readonly SuspiciousWords Suspicious = new();
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n;"u8);

    private static readonly SearchValues<byte> Inserters = SearchValues.Create("iImM"u8);

    private static readonly ulong Select = Folded("select"u8);
    private static readonly ulong Insert = Folded("insert"u8);
    private static readonly ulong Update = Folded("update"u8);
    private static readonly ulong Delete = Folded("delete"u8);
    private static readonly ulong Values = Folded("values"u8);
    private static readonly ulong Fetch = Folded("fetch"u8);
    private static readonly ulong Merge = Folded("merge"u8);
    private static readonly ulong With = Folded("with"u8);
    private static readonly ulong Show = Folded("show"u8);

    public static bool IsQuiet(ReadOnlySpan<byte> text)
    {
        if (!BeginsQuietly(text))
            return false;
        if (text.Length >= ReachBytes)
            return HasNothingSuspicious(text, text);
        Span<byte> padded = stackalloc byte[ReachBytes];
        padded.Clear();
        text.CopyTo(padded);
        return HasNothingSuspicious(padded, text);
    }

    private static bool BeginsQuietly(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && (ByteKinds.IsSpace(text[at]) || text[at] == '/'))
        {
            if (text[at] == '/' && !TrySkipComment(text, ref at))
                return false;
            at++;
        }
        if (text.Length - at < sizeof(ulong))
            return false;
        var word = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]) | 0x2020_2020_2020_2020;
        var six = word & 0xFFFF_FFFF_FFFF;
        if (six == Select || six == Insert || six == Update || six == Delete || six == Values)
            return !ByteKinds.ContinuesWord(text[at + 6]);
        var four = word & 0xFFFF_FFFF;
        if (four == Show)
            return !ByteKinds.ContinuesWord(text[at + 4]);
        if (four == With)
            return !ByteKinds.ContinuesWord(text[at + 4]) && !MayInsert(text[at..]);
        var five = word & 0xFF_FFFF_FFFF;
        return (five == Merge || five == Fetch) && !ByteKinds.ContinuesWord(text[at + 5]);
    }

    /// <summary>WITH can insert rows, and with them advance sequences, although its tag is SELECT.</summary>
    private static bool MayInsert(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOfAny(Inserters); at >= 0; at = text.IndexOfAny(Inserters))
        {
            text = text[at..];
            if (Ascii.EqualsIgnoreCase(text[..Math.Min(6, text.Length)], "insert"u8)
                || Ascii.EqualsIgnoreCase(text[..Math.Min(5, text.Length)], "merge"u8))
                return true;
            text = text[1..];
        }
        return false;
    }

    /// <summary>
    /// Frameworks put a comment before the statement. Leaves <paramref name="at"/> on its last byte.
    /// </summary>
    private static bool TrySkipComment(ReadOnlySpan<byte> text, ref int at)
    {
        if (at + 4 > text.Length || text[at + 1] != '*')
            return false;
        var inside = text[(at + 2)..];
        var end = inside.IndexOf("*/"u8);
        if (end < 0 || inside[..end].Contains((byte)'/'))
            return false;
        at += end + 3;
        return true;
    }

    /// <param name="searched">
    /// The text, padded with zeros to <see cref="ReachBytes"/> if it is shorter.
    /// </param>
    private static bool HasNothingSuspicious(ReadOnlySpan<byte> searched, ReadOnlySpan<byte> text)
    {
        ref var first = ref MemoryMarshal.GetReference(searched);
        var words = Suspicious;
        var last = searched.Length - ReachBytes;
        var isOver = false;
        for (var at = 0; ; at += BlockBytes)
        {
            // The last block overlaps the one before it, so that it ends where the text ends.
            if (at > last)
            {
                if (at >= last + BlockBytes)
                    break;
                at = last;
            }
            var block = Vector128.LoadUnsafe(ref first, (nuint)at);
            var groups = words.GroupsAt(
                block,
                Vector128.LoadUnsafe(ref first, (nuint)at + 1),
                Vector128.LoadUnsafe(ref first, (nuint)at + 2));
            var semicolons = Vector128.Equals(block, Vector128.Create((byte)';'));
            if ((groups | semicolons) == Vector128<byte>.Zero)
                continue;
            if (groups != Vector128<byte>.Zero && IsConfirmed(text, at, groups))
                return false;
            if (semicolons == Vector128<byte>.Zero || isOver)
                continue;
            var semicolon = at + BitOperations.TrailingZeroCount(semicolons.ExtractMostSignificantBits());
            if (text[semicolon..].ContainsAnyExcept(Blanks))
                return false;
            isOver = true;
        }

        // The last two bytes begin no word, so no block began with them; but a statement could.
        return text[^2] != ';' || Blanks.Contains(text[^1]);
    }

    private static bool IsConfirmed(ReadOnlySpan<byte> text, int at, Vector128<byte> groups)
    {
        var places = ~Vector128.Equals(groups, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF;
        for (; places != 0; places &= places - 1)
        {
            var place = BitOperations.TrailingZeroCount(places);
            if (Suspicious.IsWordAt(text, at + place, groups.GetElement(place)))
                return true;
        }
        return false;
    }

    private static ulong Folded(ReadOnlySpan<byte> word)
    {
        ulong folded = 0;
        for (var index = word.Length - 1; index >= 0; index--)
            folded = folded << 8 | word[index];
        return folded;
    }
}
