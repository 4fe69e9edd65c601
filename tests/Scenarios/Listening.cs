using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>LISTEN, UNLISTEN and NOTIFY: who listens hears, when it committed to; nobody else does.</summary>
public sealed class Listening(Ground ground) : Play(ground)
{
    [Fact]
    public Task A_listener_hears_its_own_and_others_notifications() => Compare(async side =>
    {
        var listener = await side.Open();
        var deaf = await side.Open();
        Assert.Equal("C(LISTEN) Z(I)", (await listener.Query("listen news")).Text);
        await Told(listener, "notify news", "A(news=)");
        await Told(listener, "notify news, 'payload'", "A(news=payload)");
        await Told(listener, "select pg_notify('news', 'by function')", "A(news=by function)");
        await deaf.Query("notify news, 'from another'");
        Assert.Equal("A(news=from another)", (await listener.Receive()).Text);
        Assert.Equal("CZ", (await deaf.Query("notify news, 'again'")).Codes);
        Assert.Equal("A(news=again)", (await listener.Receive()).Text);
    });

    [Fact]
    public Task Listening_begins_and_ends_with_commit() => Compare(async side =>
    {
        var listener = await side.Open();
        var notifier = await side.Open();
        await listener.Query("begin; listen news");
        await listener.Query("rollback");
        await notifier.Query("notify news, 'not heard'");
        await listener.Query("select 1");
        await listener.Query("begin");
        await listener.Query("listen news");
        await notifier.Query("notify news, 'before the commit'");
        await listener.Query("commit");
        await notifier.Query("notify news, 'heard'");
        Assert.Equal("A(news=heard)", (await listener.Receive()).Text);
        await listener.Query("begin; unlisten news; rollback");
        await notifier.Query("notify news, 'still'");
        Assert.Equal("A(news=still)", (await listener.Receive()).Text);
        await listener.Query("unlisten news");
        await notifier.Query("notify news, 'gone'");
        Assert.Equal("CZ", (await listener.Query("listen other")).Codes);
        await Told(listener, "notify other", "A(other=)");
    });

    [Fact]
    public Task Notifications_wait_for_the_end_of_the_listeners_transaction() => Compare(async side =>
    {
        var listener = await side.Open();
        var notifier = await side.Open();
        await listener.Query("listen news");
        await listener.Query("begin");
        await notifier.Query("notify news, 'one'; ");
        Assert.Equal("TDCZ", (await listener.Query("select 1")).Codes);
        await listener.Send(Query("commit"));
        var heard = (await listener.Receive(3)).Select(m => m.Text).Order(StringComparer.Ordinal);
        Assert.Equal(["A(news=one)", "C(COMMIT)", "Z(I)"], heard);
        listener.Hears = null;
    });

    [Fact]
    public Task A_notification_of_a_transaction_rolled_back_is_never_heard() => Compare(async side =>
    {
        var listener = await side.Open();
        await listener.Query("listen news");
        await listener.Query("begin; notify news, 'undone'; rollback");
        await Told(listener, "begin; notify news, 'same'; notify news, 'same'; notify news, 'other'; commit",
            "A(news=other) A(news=same)");
    });

    [Theory]
    [InlineData("unlisten *")]
    [InlineData("discard all")]
    [InlineData("unlisten a; unlisten b")]
    public Task Listening_ends_by(string statement) => Compare(async side =>
    {
        var listener = await side.Open();
        var other = await side.Open();
        await other.Query("listen a");
        await listener.Query("listen a; listen b");
        await listener.Query("select * from pg_listening_channels() order by 1");
        await other.Query("select * from pg_listening_channels() order by 1");
        await listener.Query(statement);
        await listener.Query("notify a; notify b");
        Assert.Equal("A(a=)", (await other.Receive()).Text);
        Assert.Equal("TDCZ", (await listener.Query("select 1")).Codes);
    });

    [Theory]
    [InlineData("listen \"Mixed Case\"", "Mixed Case")]
    [InlineData("LISTEN FoLded", "folded")]
    [InlineData("listen /* c */ x -- d", "x")]
    [InlineData("listen \"q\"\"uote\"", "q\"uote")]
    public Task Channel_names_follow_the_rules_of_identifiers(string listen, string channel) => Compare(async side =>
    {
        var listener = await side.Open();
        await listener.Query(listen);
        var notifier = await side.Open();
        await notifier.Extended("select pg_notify($1, $2)", channel, new string('p', 7999));
        Assert.Equal($"A({channel}={new string('p', 7999)})", (await listener.Receive()).Text);
        Assert.Equal("22023", (await notifier.Extended("select pg_notify($1, $2)", channel, new string('p', 8000))).Error?.SqlState);
    });

    [Fact]
    public Task Listening_by_the_extended_protocol() => Compare(async side =>
    {
        var listener = await side.Open();
        Assert.Equal("1 2 n C(LISTEN) Z(I)", (await listener.Extended("listen news")).Text);
        var notifier = await side.Open();
        await notifier.Extended("notify news, 'x'");
        Assert.Equal("A(news=x)", (await listener.Receive()).Text);
        Assert.Equal("1 2 n C(UNLISTEN) Z(I)", (await listener.Extended("unlisten news")).Text);
        await notifier.Extended("notify news, 'y'");
        Assert.Equal("TDCZ", (await listener.Query("select 1")).Codes);
    });

    [Fact]
    public Task A_listener_in_a_failed_transaction_is_refused() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("begin; select 1/0");
        Assert.Equal("E(25P02) Z(E)", (await client.Query("listen news")).Text);
        await client.Query("rollback");
        await client.Query("listen news; select 1/0");
        await client.Query("select * from pg_listening_channels()");
        Assert.Equal("42601", (await client.Query("listen")).Error?.SqlState);
        Assert.Equal("42601", (await client.Query("listen 'text'")).Error?.SqlState);
    });

    /// <summary>Asks, and wants exactly these notifications, wherever they stand around the answer.</summary>
    private static async Task Told(ScriptedClient client, string statement, string notifications)
    {
        var told = client.Hears;
        client.Hears = null;
        await client.Send(Query(statement));
        var wanted = notifications.Split(") ").Length;
        var heard = new List<ServerMessage>();
        while (heard.Count(m => m.Code == 'A') < wanted || !heard.Any(m => m.IsReady))
            heard.Add(await client.Receive());
        client.Hears = told;
        var texts = heard.Where(m => m.Code == 'A').Select(m => m.Text).Order(StringComparer.Ordinal);
        Assert.Equal(notifications, string.Join(' ', texts));
    }
}
