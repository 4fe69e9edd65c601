using System.Text;
using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// An application_name that is too long, in a start-up packet: cut, with the notice that PostgreSQL gives.
/// </summary>
/// <remarks>
/// The server would give it to whoever signs in there. Settings of a statement it cuts itself.
/// </remarks>
internal static class LongApplicationName
{
    private const string NameTooLong = "42622";

    /// <summary>The value as the server keeps it.</summary>
    public static string Cut(string setting, string value)
    {
        if (!Is(setting, "application_name") || value.Length * 3 <= NameText.NameBytesMax)
            return value;
        var bytes = Encoding.UTF8.GetBytes(value);
        if (bytes.Length <= NameText.NameBytesMax)
            return value;
        var end = NameText.NameBytesMax;
        // Not in the middle of a letter.
        while (end > 0 && (bytes[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(bytes, 0, end);
    }

    /// <summary>The notices that these settings bring, in their order.</summary>
    public static void WriteNotices(ByteBuffer output, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var isHeard = true;
        foreach (var (name, value) in settings)
        {
            if (Is(name, "client_min_messages"))
                isHeard = !Is(value, "warning") && !Is(value, "error");
            var cut = Cut(name, value);
            if (isHeard && cut.Length < value.Length)
                MessageWriter.NoticeResponse(output, Severity.Notice, NameTooLong,
                    $"identifier \"{value}\" will be truncated to \"{cut}\"");
        }
    }

    private static bool Is(string text, string other) =>
        text.Equals(other, StringComparison.OrdinalIgnoreCase);
}
