using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Examples;

/// <summary>A running demonstration, and the lines that it says to paste.</summary>
public sealed partial class DemoGround : IAsyncLifetime
{
    private const string LastLine = "Ctrl-C stops everything";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private GuardedProcess? _demo;

    /// <summary>The database that is asked for; null: none by name.</summary>
    public string? Only { get; init; }

    /// <summary>Where it puts its folders.</summary>
    public string Temporary { get; } = RunFolder.Create("demo");

    public string Text { get; private set; } = "";

    /// <summary>What a person may paste: indented by two.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _demo = await GuardedProcess.Start(new Recipe(
            "dotnet", [SourceTree.SentoProgram, "demo", .. Only is null ? (string[])[] : [Only]])
        {
            Environment = new Dictionary<string, string?>
            {
                ["TMPDIR"] = Temporary,
                // Debian's own AWS CLI comes first, whatever else this machine has.
                ["PATH"] = Path(),
            },
        });
        await Eventually.Holds(
            () => _demo.HasEnded || _demo.Output.Text.Contains(LastLine, StringComparison.Ordinal), Patience);
        Text = _demo.Output.Text;
        Assert.False(_demo.HasEnded, $"{Text}\n{_demo.Errors.Text}");
        Lines = [.. Text.Split('\n').Where(line => Pasted().IsMatch(line)).Select(line => line.Trim())];
    }

    /// <summary>Pastes lines into one shell; what stands behind the last is added to it.</summary>
    public Task<FinishedProcess> Paste(string more, params IEnumerable<string> lines) => GuardedProcess.Run(
        new Recipe("bash", "-c", $"set -e\n{string.Join('\n', lines)}{more}\n")
        {
            Environment = new Dictionary<string, string?>
            {
                ["PATH"] = Path(), ["AWS_EC2_METADATA_DISABLED"] = "true", ["AWS_PAGER"] = "",
            },
        },
        Patience);

    /// <summary>The lines from one that contains a text up to one that contains another.</summary>
    public IEnumerable<string> From(string first, string last)
    {
        var begin = Lines.ToList().FindIndex(line => line.Contains(first, StringComparison.Ordinal));
        var end = Lines.ToList().FindIndex(
            Math.Max(0, begin), line => line.Contains(last, StringComparison.Ordinal));
        Assert.True(begin >= 0 && end >= begin, $"no lines from {first} to {last} in:\n{Text}");
        return Lines.Skip(begin).Take(end - begin + 1);
    }

    public string Line(string with) => From(with, with).Single();

    /// <summary>Ctrl-C, and its end.</summary>
    public async Task<int> Interrupt()
    {
        _demo!.Signal(Signals.Interrupt);
        return await _demo.WaitForEnd(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_demo is not null)
            await _demo.DisposeAsync();
        Directory.Delete(Temporary, recursive: true);
    }

    private static string Path() => "/usr/bin:" + Environment.GetEnvironmentVariable("PATH");

    [GeneratedRegex("^  [^ #]")]
    private static partial Regex Pasted();
}
