using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>More statements, longer names and texts than the proxy keeps at hand.</summary>
public sealed class PreparedBounds(Ground ground) : Play(ground)
{
    /// <summary>More than one server connection keeps.</summary>
    private const int Many = 600;

    [Fact]
    public Task A_statement_evicted_within_its_own_pipeline_is_found_further_on() => Compare(async side =>
    {
        var client = await side.Open();
        byte[][] parses = [.. Enumerable.Range(0, Many).Select(i => Parse($"s{i}", $"select {i}, $1::text"))];
        int[] again = [0, 1, Many / 2, Many - 1, 0];
        var replies = await client.Ask([
            .. parses,
            .. again.SelectMany(i => new[] { Bind("", $"s{i}", "again"), Execute() }),
            DescribeStatement("s2"), CloseStatement("s3"), Parse("s3", "select 'other'"), Bind("", "s3"),
                Execute(),
            Sync()]);
        Assert.Equal(
            [.. again.Select(i => $"{i}|again"), "other"], replies.Rows.Select(row => string.Join('|', row)));
        Assert.Equal('Z', replies[^1].Code);
    });

    [Fact]
    public Task A_statement_evicted_by_another_clients_is_found_again() => Compare(async side =>
    {
        var first = await side.Open();
        var second = await side.Open();
        await first.Ask(Parse("mine", "select 'first'"), Parse("", "select 'unnamed'"), Sync());
        await second.Ask([.. Enumerable.Range(0, Many).Select(i => Parse($"s{i}", $"select {i}")), Sync()]);
        await second.Ask(
            [.. Enumerable.Range(0, Many).SelectMany(i => new[] { Bind("", $"s{i}"), Execute() }), Sync()]);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("first", (await first.Ask(Bind("", "mine"), Execute(), Sync())).Scalar);
            Assert.Equal("unnamed", (await first.Ask(Bind("", ""), Execute(), Sync())).Scalar);
            Assert.Equal($"{round}", (await second.Ask(Bind("", $"s{round}"), Execute(), Sync())).Scalar);
        }
    });

    [Theory]
    [InlineData(60_000, 10)]
    [InlineData(10, 600_000)]
    [InlineData(60_000, 900_000)]
    public Task Names_and_texts_longer_than_every_buffer_are_prepared(int name, int text) =>
        Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        var key = new string('n', name);
        var statement = $"select length('{new string('t', text)}'), $1::int";
        Assert.Equal("1 Z(I)", (await client.Ask(Parse(key, statement), Sync())).Text);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        for (var value = 0; value < 2; value++)
        {
            var replies = await client.Ask(Bind("", key, $"{value}"), Execute(), Sync());
            Assert.Equal([$"{text}", $"{value}"], replies.Rows.Single());
        }
        Assert.Equal("E(42P05) Z(I)", (await client.Ask(Parse(key, "select 1"), Sync())).Text);
        await client.Query("deallocate all");
        Assert.Equal("E(26000) Z(I)", (await client.Ask(Bind("", key, "1"), Sync())).Text);
    }, comparesTranscripts: false); // The error quotes as much of the name as counts.
}
