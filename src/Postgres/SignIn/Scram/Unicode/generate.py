#!/usr/bin/env python3
"""Writes the tables that SaslPrep needs: StringprepRanges.cs and Nfkc.txt, next to this file.

Stringprep (RFC 3454) is defined over Unicode 3.2, so the ranges come from that version. Normalization of the
characters assigned there has not changed since Unicode 4.1, so any newer data gives the same Nfkc.txt;
characters assigned later make SaslPrep fall back to the raw bytes and need no entry.
"""
import pathlib
import stringprep
import unicodedata

FOLDER = pathlib.Path(__file__).parent
ASSIGNED = [c for c in range(0x110000) if not stringprep.in_table_a1(chr(c)) and not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)  # composed and decomposed by arithmetic


def ranges(test):
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and test(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            found.append((start, code - 1))
            start = None
    return found


def prohibited(c):
    return (stringprep.in_table_c12(c) or stringprep.in_table_c21_c22(c) or stringprep.in_table_c3(c)
            or stringprep.in_table_c4(c) or stringprep.in_table_c5(c) or stringprep.in_table_c6(c)
            or stringprep.in_table_c7(c) or stringprep.in_table_c8(c) or stringprep.in_table_c9(c)
            or stringprep.in_table_a1(c))


def wrapped(words, indent, width=110):
    line, lines = indent, []
    for word in words:
        if len(line) + len(word) + 1 > width:
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return lines + [line.rstrip()]


def write_ranges():
    tables = [
        ("Spaces", "C.1.2 Non-ASCII space characters.", ranges(stringprep.in_table_c12)),
        ("MappedToNothing", "B.1 Commonly mapped to nothing.", ranges(stringprep.in_table_b1)),
        ("Prohibited", "C.1.2, C.2.1, C.2.2 and C.3 to C.9, prohibited, and A.1, unassigned in Unicode 3.2.",
         ranges(prohibited)),
        ("RightToLeft", "D.1 Characters with bidirectional property R or AL.",
         ranges(stringprep.in_table_d1)),
        ("LeftToRight", "D.2 Characters with bidirectional property L.", ranges(stringprep.in_table_d2)),
    ]
    lines = [
        "namespace Sento.Postgres.SignIn.Scram.Unicode;", "",
        "/// <summary>Tables of RFC 3454, Appendices A to D: pairs of first and last. Made by generate.py.</summary>",
        "internal static class StringprepRanges", "{",
        "    /// <summary>Whether a range of the table holds the code point.</summary>",
        "    public static bool Contains(ReadOnlySpan<int> table, int code)", "    {",
        "        var low = 0;", "        var high = table.Length / 2;",
        "        while (low < high)", "        {",
        "            var middle = (low + high) / 2;",
        "            if (code > table[middle * 2 + 1])", "                low = middle + 1;",
        "            else", "                high = middle;", "        }",
        "        return low * 2 < table.Length && code >= table[low * 2];", "    }",
    ]
    for name, comment, table in tables:
        lines += ["", f"    /// <summary>{comment}</summary>",
                  f"    public static ReadOnlySpan<int> {name} =>", "    ["]
        lines += wrapped([f"0x{a:X}, 0x{b:X}," for a, b in table], "        ")
        lines += ["    ];"]
    lines += ["}"]
    (FOLDER / "StringprepRanges.cs").write_text("\n".join(lines) + "\n")


def runs(mapping):
    """Merges neighbours whose single-character images are neighbours too."""
    merged = []
    for code in sorted(mapping):
        image = mapping[code]
        if merged and len(image) == 1:
            first, last, base = merged[-1]
            if len(base) == 1 and code == last + 1 and image[0] == base[0] + (code - first):
                merged[-1] = (first, code, base)
                continue
        merged.append((code, code, image))
    return merged


def write_nfkc():
    full, pairs, classes = {}, {}, {}
    for code in ASSIGNED:
        c = chr(code)
        if unicodedata.combining(c):
            classes[code] = [unicodedata.combining(c)]
        if code in HANGUL:
            continue
        image = [ord(x) for x in unicodedata.normalize("NFKD", c)]
        if image != [code]:
            full[code] = image
        own = unicodedata.decomposition(c)
        if own and not own.startswith("<") and unicodedata.normalize("NFC", c) == c:
            pairs[code] = [int(x, 16) for x in own.split()]
            assert len(pairs[code]) == 2

    def text(first, last, image):
        key = f"{first:X}" if first == last else f"{first:X}-{last:X}"
        return key + ":" + "+".join(f"{x:X}" for x in image)

    same = []
    for code in sorted(classes):
        if same and same[-1][1] == code - 1 and same[-1][2] == classes[code]:
            same[-1] = (same[-1][0], code, classes[code])
        else:
            same.append((code, code, classes[code]))
    lines = ["# NFKC of the characters of Unicode 3.2. Made by generate.py.",
             "# decomposed: code point or run of them : full compatibility decomposition (of the first)"]
    lines += wrapped([text(*run) for run in runs(full)], "d ")
    lines += ["# composed: primary composite : pair"]
    lines += wrapped([text(c, c, p) for c, p in sorted(pairs.items())], "c ")
    lines += ["# canonical combining class, hexadecimal"]
    lines += wrapped([text(*run) for run in same], "k ")
    (FOLDER / "Nfkc.txt").write_text("\n".join(lines) + "\n")


write_ranges()
write_nfkc()
