using System.Collections.Frozen;
using System.Globalization;

namespace Sento.Postgres.SignIn.Scram.Unicode;

/// <summary>Normalization form KC of characters that Unicode 3.2 knows. Unicode Standard Annex 15.</summary>
/// <remarks>
/// Our own, since the runtime is built without culture data and its String.Normalize then returns non-
/// ASCII text as it is. The tables are read at the first password that needs them.
/// </remarks>
internal static class Nfkc
{
    // Hangul syllables are arithmetic. The Unicode Standard, Conjoining Jamo Behavior.
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Loaded = new(Tables.Load);

    /// <summary>The normalized code points; at most 18 for each one given.</summary>
    public static List<int> Normalize(ReadOnlySpan<int> text)
    {
        var tables = Loaded.Value;
        var result = new List<int>(text.Length * 2);
        foreach (var code in text)
            Decompose(code, tables, result);
        Reorder(result, tables);
        Compose(result, tables);
        return result;
    }

    private static void Decompose(int code, Tables tables, List<int> result)
    {
        var syllable = code - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            result.Add(LeadBase + syllable / (VowelCount * TrailCount));
            result.Add(VowelBase + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount != 0)
                result.Add(TrailBase + syllable % TrailCount);
        }
        else if (tables.Decomposed.TryGetValue(code, out var image))
            result.AddRange(image);
        else
            result.Add(code);
    }

    /// <summary>Sorts each run of combining marks by class; equal classes keep their order.</summary>
    private static void Reorder(List<int> text, Tables tables)
    {
        for (var start = 0; start < text.Count; start++)
        {
            if (tables.ClassOf(text[start]) == 0)
                continue;
            var end = start + 1;
            while (end < text.Count && tables.ClassOf(text[end]) != 0)
                end++;
            // A stable sort in n log n: a password may be one long run of marks.
            var sorted = text.GetRange(start, end - start).OrderBy(tables.ClassOf).ToList();
            for (var index = 0; index < sorted.Count; index++)
                text[start + index] = sorted[index];
            start = end - 1;
        }
    }

    /// <summary>Joins each starter with the marks after it that nothing blocks.</summary>
    private static void Compose(List<int> text, Tables tables)
    {
        var starter = -1;
        var lastClass = 0;
        var length = 0;
        for (var index = 0; index < text.Count; index++)
        {
            var code = text[index];
            var itsClass = tables.ClassOf(code);
            // Blocked: between the starter and this one stands a mark of the same or a higher class.
            var adjacent = starter == length - 1;
            if (starter >= 0 && (adjacent || lastClass < itsClass)
                && TryPair(text[starter], code, tables, out var composite))
            {
                text[starter] = composite;
                continue;
            }
            if (itsClass == 0)
                starter = length;
            lastClass = itsClass;
            text[length++] = code;
        }
        text.RemoveRange(length, text.Count - length);
    }

    private static bool TryPair(int first, int second, Tables tables, out int composite)
    {
        var lead = first - LeadBase;
        var vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composite = SyllableBase + (lead * VowelCount + vowel) * TrailCount;
            return true;
        }
        var syllable = first - SyllableBase;
        var trail = second - TrailBase;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composite = first + trail;
            return true;
        }
        return tables.Composed.TryGetValue(((long)first << 32) | (uint)second, out composite);
    }

    /// <summary>What Nfkc.txt says.</summary>
    private sealed class Tables
    {
        public required FrozenDictionary<int, int[]> Decomposed { get; init; }

        public required FrozenDictionary<long, int> Composed { get; init; }

        public required FrozenDictionary<int, int> Classes { get; init; }

        public int ClassOf(int code) => Classes.GetValueOrDefault(code);

        public static Tables Load()
        {
            var decomposed = new Dictionary<int, int[]>();
            var composed = new Dictionary<long, int>();
            var classes = new Dictionary<int, int>();
            using var stream = typeof(Nfkc).Assembly.GetManifestResourceStream("Nfkc.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (line[0] == '#')
                    continue;
                foreach (var word in line[2..].Split(' '))
                    Read(line[0], word);
            }
            return new Tables
            {
                Decomposed = decomposed.ToFrozenDictionary(),
                Composed = composed.ToFrozenDictionary(),
                Classes = classes.ToFrozenDictionary(),
            };

            void Read(char table, string word)
            {
                var colon = word.IndexOf(':');
                var codes = word[..colon].Split('-').Select(Hex).ToArray();
                var image = word[(colon + 1)..].Split('+').Select(Hex).ToArray();
                for (var code = codes[0]; code <= codes[^1]; code++)
                {
                    if (table == 'd')
                        decomposed.Add(code, image is [var one] ? [one + code - codes[0]] : image);
                    else if (table == 'c')
                        composed.Add(((long)image[0] << 32) | (uint)image[1], code);
                    else
                        classes.Add(code, image[0]);
                }
            }
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier);
    }
}
