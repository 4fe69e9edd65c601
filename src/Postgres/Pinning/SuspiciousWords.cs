using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.Pinning;

/// <summary>
/// The words without which a SELECT or its like has no effect, and the tables that find them 16 bytes at a
/// time.
/// </summary>
/// <remarks>
/// Each word has an anchor of three letters, chosen to be rare in ordinary statements, and belongs to one of
/// eight groups. For each place in the anchor, the two halves of a byte select from two tables the groups
/// that have such a letter there; groups that agree at all places have perhaps a word here, and the letters
/// around decide.
/// </remarks>
internal sealed class SuspiciousWords
{
    public const int AnchorBytes = 3;

    /// <summary>
    /// Group, word, and where its anchor begins. In lower case. Letters of different words of a group can
    /// combine, so the groups are such that ordinary statements of applications hold few combinations: one in
    /// some 500 bytes.
    /// </summary>
    private static readonly (int Group, string Text, int Anchor)[] Sources =
    [
        (0, "&\"", 0),                  // U&"…": a name whose letters may be escaped
        (1, "setval", 2),
        (1, "set_config", 7),
        (1, "xpath_table", 0),
        (1, "listening_channels", 7),
        (2, "currval", 2),
        (2, "ts_stat", 1),
        (2, "pg_settings", 1),
        (3, "pg_notify", 1),
        (3, "query_to_xml", 7),
        (3, "connectby", 5),
        (4, "set_limit", 3),
        (4, "temp", 1),
        (5, "lastval", 3),
        (5, "advisory", 1),
        (5, "setseed", 2),
        (5, "backup", 3),
        (6, "nextval", 2),
        (6, "crosstab", 3),
        (7, "dblink_", 0),
        (7, "replication_", 1),
        (7, "ts_rewrite", 4),
    ];

    private readonly Place _first = CreatePlace(0);
    private readonly Place _second = CreatePlace(1);
    private readonly Place _third = CreatePlace(2);
    private readonly Candidate[][] _groups = CreateGroups();

    /// <summary>The groups, one bit each, that perhaps have an anchor at each of the 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> GroupsAt(Vector128<byte> block, Vector128<byte> second, Vector128<byte> third) =>
        _first.Groups(block) & _second.Groups(second) & _third.Groups(third);

    /// <summary>Whether a word of one of the groups has its anchor at a place of the text.</summary>
    public bool IsWordAt(ReadOnlySpan<byte> text, int place, byte groups)
    {
        for (uint rest = groups; rest != 0; rest &= rest - 1)
        {
            foreach (var candidate in _groups[BitOperations.TrailingZeroCount(rest)])
            {
                if (candidate.IsIn(text, place))
                    return true;
            }
        }
        return false;
    }

    private static Candidate[][] CreateGroups()
    {
        var groups = new Candidate[8][];
        for (var group = 0; group < groups.Length; group++)
        {
            groups[group] = [.. Sources
                .Where(source => source.Group == group)
                .Select(source => new Candidate(Encoding.ASCII.GetBytes(source.Text), source.Anchor))];
        }
        return groups;
    }

    private static Place CreatePlace(int place)
    {
        var low = new byte[16];
        var high = new byte[16];
        foreach (var (group, text, anchor) in Sources)
        {
            var bit = (byte)(1 << group);
            if (anchor + place >= text.Length)
            {
                // A word of two letters: anything may stand at the third place.
                Invariant.Holds(group == 0);
                for (var half = 0; half < 16; half++)
                {
                    low[half] |= bit;
                    high[half] |= bit;
                }
                continue;
            }
            var letter = text[anchor + place];
            foreach (var either in (ReadOnlySpan<char>)[letter, char.ToUpperInvariant(letter)])
            {
                low[either & 15] |= bit;
                high[either >> 4] |= bit;
            }
        }
        return new Place(Vector128.Create(low), Vector128.Create(high));
    }

    private readonly record struct Place(Vector128<byte> Low, Vector128<byte> High)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<byte> Groups(Vector128<byte> bytes)
        {
            var low = bytes & Vector128.Create((byte)15);
            var high = Vector128.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & Vector128.Create((byte)15);
            return Vector128.ShuffleNative(Low, low) & Vector128.ShuffleNative(High, high);
        }
    }

    private sealed class Candidate(byte[] word, int anchor)
    {
        private readonly bool _isTemp = word.AsSpan().SequenceEqual("temp"u8);

        public bool IsIn(ReadOnlySpan<byte> text, int place)
        {
            var start = place - anchor;
            if (start < 0 || start + word.Length > text.Length)
                return false;
            return Ascii.EqualsIgnoreCase(text.Slice(start, word.Length), word)
                && (!_isTemp || IsTempWord(text, start));
        }

        /// <summary>temp, temporary, pg_temp, pg_temp_3; but neither template nor attempt.</summary>
        private static bool IsTempWord(ReadOnlySpan<byte> text, int start)
        {
            if (start > 0 && char.IsAsciiLetter((char)text[start - 1]))
                return false;
            var end = start + 4;
            return end == text.Length
                || text[end] is (byte)'o' or (byte)'O' or (byte)'_'
                || !ByteKinds.ContinuesWord(text[end]);
        }
    }
}
