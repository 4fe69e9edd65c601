using System.Text.RegularExpressions;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support;

/// <summary>
/// The commands of a page of the documentation, run one after another as they are written there, by somebody
/// who has nothing yet: a home and a working folder of its own.
/// </summary>
public sealed partial class PageCommands : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Queue<string> _left;
    private readonly List<GuardedProcess> _serving = [];

    /// <summary>What a shell remembers from line to line, beside variables.</summary>
    private readonly List<string> _remembered = [];

    private readonly List<(string Language, string Text)> _blocks;

    /// <param name="page">In docs/operating.</param>
    public PageCommands(string page)
    {
        _blocks = [.. Blocks(File.ReadLines(SourceTree.At("docs", "operating", page)))];
        _left = new(_blocks.Where(block => block.Language.Length == 0)
            .SelectMany(block => block.Text.Split('\n'))
            .Select(line => line.StartsWith("$ ", StringComparison.Ordinal) ? line[2..] : line)
            .Where(line => Command().IsMatch(line)));
        Folder = RunFolder.Create("page");
        var program = At("sento");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{SourceTree.SentoProgram}' \"$@\"\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
    }

    public string Folder { get; }

    /// <summary>The page's blocks of YAML, in their order.</summary>
    public IReadOnlyList<string> Configurations => Texts("yaml");

    /// <summary>Texts of the page that name something of the reader's, and what they are here.</summary>
    public Dictionary<string, string> Places { get; } = [];

    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        // The distribution's tools come first, whatever else this machine has.
        ["PATH"] = "/usr/bin:" + System.Environment.GetEnvironmentVariable("PATH"),
    };

    /// <summary>Commands that were not run yet.</summary>
    public IReadOnlyCollection<string> Left => _left;

    /// <summary>Its blocks of another language, in their order.</summary>
    public IReadOnlyList<string> Texts(string language) =>
        [.. _blocks.Where(block => block.Language == language).Select(block => block.Text)];

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Runs the page's next command, which has to be this one; its answer is checked.</summary>
    public async Task<string> Next(string begin, string says, string? input = null, int code = 0)
    {
        var line = Take(begin);
        if (Variable().Match(line) is { Success: true } variable)
            return await Set(variable.Groups[1].Value, line);
        if (line.StartsWith(". ", StringComparison.Ordinal))
            _remembered.Add(line);
        var done = await Play(line, input);
        return done.ExitCode == code && done.Output.Contains(says, StringComparison.Ordinal)
            ? done.Output
            : throw new InvalidOperationException(
                $"{Tell(line, done)}\nwanted {code} and \"{says}\"\n{Served}");
    }

    /// <summary>What was read into the shell is there no more.</summary>
    public void Forget() => _remembered.Clear();

    /// <summary>A command that the page leaves to its reader; it has to succeed.</summary>
    public async Task<string> Run(string line, string? input = null)
    {
        var done = await Play(line, input);
        return done.ExitCode == 0 ? done.Output : throw new InvalidOperationException(Tell(line, done));
    }

    /// <summary>The same of a command that runs on; the caller waits for what it serves.</summary>
    public async Task Serve(string begin) =>
        _serving.Add(await GuardedProcess.Start(Recipe(Take(begin), null)));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _serving)
            await process.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The same, however it ends.</summary>
    public Task<FinishedProcess> TryRun(string line) => Play(line, null);

    private async Task<string> Set(string variable, string line)
    {
        var value = await Run($"{line}\nprintf %s \"${variable}\"");
        Environment[variable] = value;
        return value;
    }

    private Task<FinishedProcess> Play(string line, string? input) => GuardedProcess.Run(
        Recipe(input is null ? line : $"{{ {line}\n}} <<< \"$PAGE_INPUT\"", input), Patience);

    /// <summary>What those that run on have said.</summary>
    private string Served => string.Join(
        '\n', _serving.Select(process => $"{process.Output.Text}\n{process.Errors.Text}"));

    private static string Tell(string line, FinishedProcess done) =>
        $"{line}\nended with {done.ExitCode}:\n{done.Output}\n{done.Errors}";

    private string Take(string begin)
    {
        var line = _left.TryDequeue(out var next) ? next : "the page's end";
        if (!line.StartsWith(begin, StringComparison.Ordinal))
            throw new InvalidOperationException($"The page has another command than {begin}…: {line}");
        return Places.Aggregate(
            line, (text, place) => text.Replace(place.Key, place.Value, StringComparison.Ordinal));
    }

    private Recipe Recipe(string line, string? input) =>
        new("bash", "-c", string.Join('\n', (string[])["set -e", .. _remembered, line]))
        {
            WorkingFolder = Folder,
            Environment = new Dictionary<string, string?>(Environment)
            {
                ["HOME"] = Folder,
                ["STATE_DIRECTORY"] = null,
                ["PAGE_INPUT"] = input,
            },
        };

    private static IEnumerable<(string Language, string Text)> Blocks(IEnumerable<string> lines)
    {
        const string fence = "```";
        string? language = null;
        List<string> block = [];
        foreach (var line in lines)
        {
            var isFence = line.StartsWith(fence, StringComparison.Ordinal);
            if (language is null)
                language = isFence ? line[fence.Length..] : null;
            else if (!isFence)
                block.Add(line);
            else
            {
                yield return (language, string.Join('\n', block));
                (language, block) = (null, []);
            }
        }
    }

    [GeneratedRegex(@"^(\./sento|aws|psql|mysql|mariadb|export|\.) ")]
    private static partial Regex Command();

    [GeneratedRegex(@"^export (\w+)=")]
    private static partial Regex Variable();
}
