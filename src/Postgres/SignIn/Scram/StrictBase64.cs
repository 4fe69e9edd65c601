using System.Buffers;
using System.Buffers.Text;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// Base64 with one spelling for each value: padded, no white space, no stray bits. RFC 4648.
/// </summary>
internal static class StrictBase64
{
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 4 != 0)
            return false;
        var room = new byte[text.Length / 4 * 3];
        if (Base64.DecodeFromUtf8(text, room, out var read, out var written) != OperationStatus.Done
            || read != text.Length)
            return false;
        bytes = room[..written];
        // The decoder skips white space and ignores spare bits; encoding again shows both.
        return Encode(bytes).AsSpan().SequenceEqual(text);
    }

    public static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, text, out _, out var written);
        return text[..written];
    }
}
