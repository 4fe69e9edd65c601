using System.Text;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>The `options` of a StartupMessage: a command line that becomes settings.</summary>
/// <remarks>
/// Understood: -c name=value, -cname=value, --name=value, -e, -f kind and -S kilobytes; PostgreSQL's other
/// switches need a superuser or the server's own command line. PostgreSQL 18, postgres, Options;
/// Database Connection Control Functions, options.
/// </remarks>
internal static class CommandLineOptions
{
    /// <summary>Appends the settings in order; null: understood.</summary>
    public static SignInError? Read(string options, List<KeyValuePair<string, string>> settings)
    {
        var words = Split(options);
        for (var index = 0; index < words.Count; index++)
        {
            var word = words[index];
            if (word == "--")
                return index + 1 == words.Count ? null : Invalid(words[index + 1]);
            if (word.Length < 2 || word[0] != '-')
                return Invalid(word);
            if (Cluster(words, ref index, settings) is { } error)
                return error;
        }
        return null;
    }

    /// <summary>Words are separated by space; a backslash takes away the next character's meaning.</summary>
    internal static List<string> Split(string options)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var at = 0; at < options.Length;)
        {
            if (IsSpace(options[at]))
            {
                at++;
                continue;
            }
            word.Clear();
            for (; at < options.Length && !IsSpace(options[at]); at++)
            {
                // A backslash at the very end stands for nothing.
                if (options[at] == '\\' && ++at == options.Length)
                    break;
                word.Append(options[at]);
            }
            words.Add(word.ToString());
        }
        return words;
    }

    /// <summary>
    /// One word of switches, as getopt reads it: several may share a dash, the last may have a value.
    /// </summary>
    private static SignInError? Cluster(
        List<string> words, ref int index, List<KeyValuePair<string, string>> settings)
    {
        var word = words[index];
        for (var at = 1; at < word.Length;)
        {
            var letter = word[at++];
            if (letter == 'e')
            {
                settings.Add(new("datestyle", "euro"));
                continue;
            }
            if (letter is not ('c' or '-' or 'f' or 'S'))
                return Invalid(word);
            string value;
            if (at < word.Length)
                value = word[at..];
            else if (++index < words.Count)
                value = words[index];
            else
                return Invalid(word);
            return Valued(letter, value, word, settings);
        }
        return null;
    }

    private static SignInError? Valued(
        char letter, string value, string word, List<KeyValuePair<string, string>> settings)
    {
        switch (letter)
        {
            case 'S':
                settings.Add(new("work_mem", value));
                return null;
            case 'f':
                if (PlanSetting(value) is not { } name)
                    return Invalid(word);
                settings.Add(new(name, "false"));
                return null;
            default:
                return Assignment(letter, value, settings);
        }
    }

    private static SignInError? Assignment(
        char letter, string text, List<KeyValuePair<string, string>> settings)
    {
        var equals = text.IndexOf('=');
        if (equals < 0)
        {
            var shown = letter == '-' ? "--" + text : "-c " + text;
            return new SignInError(SqlState.SyntaxError, $"{shown} requires a value");
        }
        if (equals == 0)
            return new SignInError(SqlState.UndefinedObject, "unrecognized configuration parameter \"\"");
        settings.Add(new(text[..equals].Replace('-', '_'), text[(equals + 1)..]));
        return null;
    }

    private static string? PlanSetting(string kind) => kind.Length == 0 ? null : kind[0] switch
    {
        's' => "enable_seqscan",
        'i' => "enable_indexscan",
        'o' => "enable_indexonlyscan",
        'b' => "enable_bitmapscan",
        't' => "enable_tidscan",
        'n' => "enable_nestloop",
        'm' => "enable_mergejoin",
        'h' => "enable_hashjoin",
        _ => null,
    };

    private static bool IsSpace(char letter) => letter is ' ' or (>= '\t' and <= '\r');

    private static SignInError Invalid(string word) => new(
        SqlState.SyntaxError,
        $"invalid command-line argument for server process: {word}",
        Hint: "Try \"postgres --help\" for more information.");
}
