using System.Buffers;
using System.Text;
using Sento.Postgres.SignIn.Scram.Unicode;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>Brings a password into the form that SCRAM hashes. RFC 4013, as PostgreSQL applies it.</summary>
/// <remarks>
/// PostgreSQL differs from the RFC, and so do we, or the same password would give another key: text that
/// is not UTF-8, is prohibited or breaks the rule of writing directions is used as its raw bytes; ASCII
/// is never changed, control characters included; and what is prohibited is looked for after mapping but
/// before normalization.
/// </remarks>
public static class SaslPrep
{
    /// <summary>The prepared password. The caller wipes it.</summary>
    public static byte[] Prepare(ReadOnlySpan<byte> password)
    {
        if (Ascii.IsValid(password) || !TryDecode(password, out var codes))
            return password.ToArray();
        var mapped = Map(codes);
        if (mapped.Length == 0 || IsProhibited(mapped) || MixesDirections(mapped))
            return password.ToArray();
        return Encode(Nfkc.Normalize(mapped));
    }

    private static bool TryDecode(ReadOnlySpan<byte> password, out List<int> codes)
    {
        codes = new List<int>(password.Length);
        while (!password.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(password, out var rune, out var count) != OperationStatus.Done)
                return false;
            codes.Add(rune.Value);
            password = password[count..];
        }
        return true;
    }

    /// <summary>Spaces first: U+200B stands in both tables, and PostgreSQL makes it a space.</summary>
    private static int[] Map(List<int> codes)
    {
        var mapped = new List<int>(codes.Count);
        foreach (var code in codes)
        {
            if (StringprepRanges.Contains(StringprepRanges.Spaces, code))
                mapped.Add(' ');
            else if (!StringprepRanges.Contains(StringprepRanges.MappedToNothing, code))
                mapped.Add(code);
        }
        return [.. mapped];
    }

    private static bool IsProhibited(ReadOnlySpan<int> codes)
    {
        foreach (var code in codes)
        {
            if (StringprepRanges.Contains(StringprepRanges.Prohibited, code))
                return true;
        }
        return false;
    }

    /// <summary>
    /// RFC 3454, Bidirectional Characters: right-to-left text stands alone and at both ends.
    /// </summary>
    private static bool MixesDirections(ReadOnlySpan<int> codes)
    {
        var hasRight = false;
        var hasLeft = false;
        foreach (var code in codes)
        {
            hasRight |= IsRight(code);
            hasLeft |= StringprepRanges.Contains(StringprepRanges.LeftToRight, code);
        }
        return hasRight && (hasLeft || !IsRight(codes[0]) || !IsRight(codes[^1]));
    }

    private static bool IsRight(int code) => StringprepRanges.Contains(StringprepRanges.RightToLeft, code);

    private static byte[] Encode(List<int> codes)
    {
        Span<byte> one = stackalloc byte[4];
        var bytes = new List<byte>(codes.Count * 2);
        foreach (var code in codes)
        {
            var count = new Rune(code).EncodeToUtf8(one);
            bytes.AddRange(one[..count]);
        }
        return [.. bytes];
    }
}
