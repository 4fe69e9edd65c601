using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Harness;

public sealed class AskedProgramTests
{
    private const string Echo = """
        while read -r line; do
          [ "$line" != end ] || { echo going >&2; exit 3; }
          echo "noise"; echo "answer $line of $$"
        done
        """;

    [Fact]
    public async Task Program_is_started_once_for_all_questions()
    {
        await using var program = Program();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(n => program.Ask($"{n}", Eventually.Deadline)));

        Assert.Equal(["0", "1", "2", "3", "4"], answers.Select(answer => answer.Split(' ')[1]).Order());
        Assert.Single(answers.Select(answer => answer.Split(' ')[^1]).Distinct());
    }

    [Fact]
    public async Task Program_that_ended_says_why_and_is_started_again()
    {
        await using var program = Program();
        var first = await program.Ask("first", Eventually.Deadline);

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(
            () => program.Ask("end", Eventually.Deadline));

        Assert.Contains("ended with code 3", fault.Message, StringComparison.Ordinal);
        Assert.Contains("going", fault.Message, StringComparison.Ordinal);
        var second = await program.Ask("second", Eventually.Deadline);
        Assert.StartsWith("answer second", second, StringComparison.Ordinal);
        Assert.NotEqual(first.Split(' ')[^1], second.Split(' ')[^1]);
    }

    [Fact]
    public async Task Program_that_takes_too_long_is_ended()
    {
        await using var program = new AskedProgram(
            new Recipe("bash", "-c", "read -r line; exec sleep 1000"), _ => false);

        var fault = await Assert.ThrowsAsync<TimeoutException>(
            () => program.Ask("something", TimeSpan.FromSeconds(1)));

        Assert.Contains("bash took longer", fault.Message, StringComparison.Ordinal);
    }

    private static AskedProgram Program() => new(
        new Recipe("bash", "-c", Echo), line => line.StartsWith("answer", StringComparison.Ordinal));
}
