using System.Text.RegularExpressions;

namespace Sento.Tests.Support.Scripted;

/// <summary>
/// What is made equal before transcripts are compared, besides what <see cref="ServerMessage.FullText"/> leaves out.
/// </summary>
/// <remarks>
/// 1. The order of ParameterStatus messages that stand next to each other: the server sends them in the order in
///    which its settings changed last, over the whole life of the connection.
/// 2. The number in the name of a temporary schema: it is the server process's own.
/// 3. When a notification arrives (which are heard in which order, and by the end of which step, is compared).
/// 4. The questions about the password at sign-in, and the order of the messages there.
/// </remarks>
public static partial class CanonicalText
{
    public static List<string> Lines(IReadOnlyList<ServerMessage> messages)
    {
        var lines = new List<string>();
        for (var i = 0; i < messages.Count;)
        {
            var batch = messages.Skip(i).TakeWhile(m => m.Code == 'S').Select(Line).Order(StringComparer.Ordinal);
            var before = lines.Count;
            lines.AddRange(batch);
            i += lines.Count - before;
            if (i < messages.Count)
                lines.Add(Line(messages[i++]));
        }
        return lines;
    }

    public static string SignIn(Replies replies) =>
        string.Join("; ", replies.Where(m => m.Code != 'R').Select(Line).Order(StringComparer.Ordinal));

    public static string Line(ServerMessage message)
    {
        var text = message.FullText;
        return text.Contains("temp_", StringComparison.Ordinal) ? TemporarySchema().Replace(text, "$1_N") : text;
    }

    [GeneratedRegex("(pg_temp|pg_toast_temp)_[0-9]+")]
    private static partial Regex TemporarySchema();
}
