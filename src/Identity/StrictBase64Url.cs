using System.Buffers;
using System.Buffers.Text;

namespace Sento.Identity;

/// <summary>Base64url as RFC 7515 has it: no padding, no white space, one spelling for each. Pure.</summary>
internal static class StrictBase64Url
{
    /// <returns>False: not base64url, or spelled otherwise than it would be encoded.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }
        var decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, decoded, out _, out var count) != OperationStatus.Done)
            return false;
        bytes = decoded[..count];
        return text.SequenceEqual(Base64Url.EncodeToString(bytes));
    }
}
