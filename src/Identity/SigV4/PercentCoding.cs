using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sento.Identity.SigV4;

/// <summary>
/// Percent-encoding as SigV4 wants it: RFC 3986's unreserved characters plain, upper-case hex.
/// </summary>
internal static class PercentCoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static void Encode(StringBuilder to, string text, bool keepsSlash = false)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (IsUnreserved((char)b) || (keepsSlash && b == '/'))
                to.Append((char)b);
            else
                to.Append('%').Append(Convert.ToHexString([b]));
        }
    }

    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        Encode(encoded, text);
        return encoded.ToString();
    }

    /// <summary>Strict: a broken escape or invalid UTF-8 fails. A plus sign is a plus sign.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = 0;
        while (!text.IsEmpty)
        {
            var escape = text.IndexOf('%');
            var plain = escape < 0 ? text : text[..escape];
            if (!Encoding.UTF8.TryGetBytes(plain, bytes.AsSpan(count), out var written))
                return false;
            count += written;
            text = text[plain.Length..];
            if (text.IsEmpty)
                break;
            if (text.Length < 3 || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2]))
                return false;
            bytes[count++] = Convert.FromHexString(text[1..3])[0];
            text = text[3..];
        }
        try
        {
            decoded = StrictUtf8.GetString(bytes, 0, count);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';
}
