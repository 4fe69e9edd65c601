using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>A COPY whose data is all there, and which fails for all that.</summary>
public sealed class CopyEnds(Ground ground) : Play(ground)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_error_that_comes_after_the_last_line_ends_the_copy(bool isExtended) =>
        Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("create table parents (id int primary key)");
        await client.Query("create table children (id int references parents)");
        const string copy = "copy children from stdin";
        await client
            .Send(isExtended ? [.. Parse("", copy), .. Bind("", ""), .. Execute(), .. Flush()] : Query(copy));
        await client.ReceiveUntil('G');
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
        await client.Send(CopyData("1\n"), CopyDone(), isExtended ? Sync() : []);
        Assert.Equal("E(23503) Z(I)", (await client.ReceiveUntilReady()).Text);
        Assert.Equal("0", (await client.Query("select count(*) from children")).Scalar);
    });
}
