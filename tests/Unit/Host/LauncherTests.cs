using System.Diagnostics;
using System.Runtime.Versioning;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>The launcher in the root, in a copy of the tree with a compiler that only pretends.</summary>
[SupportedOSPlatform("linux")]
public sealed class LauncherTests : IDisposable
{
    private const string Compiler = """
        #!/bin/sh
        here=$(dirname "$0")
        echo "$1" >> "$here/calls"
        if [ "$1" = --list-sdks ]; then cat "$here/sdks"; exit 0; fi
        if [ -e "$here/broken" ]; then echo "error CS0001: boom"; exit 1; fi
        cp "$(command -v sleep)" "$4/sleep"
        printf '#!/bin/sh\necho "ran: $*"\nexit 7\n' > "$4/sento"
        chmod +x "$4/sento"
        """;

    private static readonly DateTime Before = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Build = Before.AddYears(1);
    private static readonly DateTime After = Before.AddYears(2);

    private readonly TemporaryFolder _folder = new();

    public LauncherTests()
    {
        foreach (var folder in (string[])["src/Sento", "dotnet"])
            Directory.CreateDirectory(At(folder));
        foreach (var file in (string[])["src/Sento/Program.cs", "a.props", "a.slnx", "global.json"])
            File.WriteAllText(At(file), "");
        File.WriteAllText(At("dotnet/dotnet"), Compiler.ReplaceLineEndings("\n"));
        File.WriteAllText(At("dotnet/sdks"), "9.0.100 [/x]\n10.0.100 [/x]\n");
        File.Copy(SourceTree.At("sento"), At("sento"));
        foreach (var program in (string[])["sento", "dotnet/dotnet"])
            File.SetUnixFileMode(At(program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_builds_first_and_then_starts_at_once()
    {
        Assert.Equal((7, "ran: serve a b\n"), Run("serve", "a b"));
        AgeEverything();
        Assert.Equal((7, "ran: check\n"), Run("check"));
        Assert.Equal(1, BuildCount);
    }

    [Theory]
    [InlineData("src/Sento/Program.cs")]
    [InlineData("a.props")]
    [InlineData("global.json")]
    public void What_is_newer_than_the_build_is_built(string file)
    {
        Run();
        AgeEverything();
        File.SetLastWriteTimeUtc(At(file), After);
        Run();
        Assert.Equal(2, BuildCount);
    }

    [Fact]
    public void A_file_that_went_away_is_a_change()
    {
        Run();
        AgeEverything();
        Directory.SetLastWriteTimeUtc(At("src/Sento"), After);
        Run();
        Assert.Equal(2, BuildCount);
    }

    [Fact]
    public void A_build_that_somebody_runs_stays_until_nobody_does()
    {
        Run();
        var current = Directory.ResolveLinkTarget(At("artifacts/sento/current"), returnFinalTarget: true);
        var first = current!.FullName;
        using (var running = Process.Start(Path.Combine(first, "sleep"), "300"))
        {
            RunNewer();
            Assert.True(Directory.Exists(first));
            running.Kill();
            running.WaitForExit();
        }
        RunNewer();
        Assert.False(Directory.Exists(first));
        Assert.Equal(2, Directory.GetFileSystemEntries(At("artifacts/sento")).Length);
    }

    [Fact]
    public void A_build_that_fails_shows_why_and_starts_nothing()
    {
        File.WriteAllText(At("dotnet/broken"), "");
        var (code, output) = Run();
        Assert.Equal((3, ""), (code, output));
        Assert.Contains("CS0001: boom", LastErrors, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_SDK_it_says_how_to_get_it()
    {
        File.WriteAllText(At("dotnet/sdks"), "9.0.100 [/x]\n");
        Assert.Equal(3, Run().Code);
        Assert.Contains("apt-get install dotnet-sdk-10.0", LastErrors, StringComparison.Ordinal);
    }

    private string LastErrors { get; set; } = "";

    private int BuildCount => File.ReadLines(At("dotnet/calls")).Count(call => call == "publish");

    private string At(string path) => Path.Combine(_folder.Path, path);

    private void AgeEverything()
    {
        foreach (var path in Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(path, Before);
        File.SetLastWriteTimeUtc(At("artifacts/.sento-built"), Build);
    }

    private void RunNewer()
    {
        AgeEverything();
        File.SetLastWriteTimeUtc(At("src/Sento/Program.cs"), After);
        Assert.Equal(7, Run().Code);
    }

    private (int Code, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(At("sento"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ROOT"] = At("dotnet") },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        LastErrors = errors.Result;
        return (process.ExitCode, output);
    }
}
