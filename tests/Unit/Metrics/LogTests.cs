using System.Text;
using System.Text.Json;
using Sento.Base;
using Sento.DataPlane.Metrics;
using Sento.Model;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Unit.Metrics;

public sealed class LogTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 2, 12, 0, 0, 5, TimeSpan.Zero);

    [Fact]
    public async Task A_line_has_the_shape_of_RDS_Proxy()
    {
        var text = await Written(LogFormat.Text, log =>
            new SessionLog(log, "app", false)
                .ClientConnected(new LogScope("app", "default", 7, 9), "10.0.0.1:5000"));
        Assert.Equal(
            "2030-01-02T12:00:00.005Z [INFO] [proxyEndpoint=app/default] [clientConnection=7] "
            + "[dbConnection=9] "
            + "A new client connected from 10.0.0.1:5000.\n", text);
    }

    [Fact]
    public async Task A_line_about_the_process_has_no_brackets_but_the_level()
    {
        var text = await Written(LogFormat.Text, log =>
            log.Write(LogLevel.Warn, LogEvent.Note, LogScope.Process, "Careful."));
        Assert.Equal("2030-01-02T12:00:00.005Z [WARN] Careful.\n", text);
    }

    [Fact]
    public async Task A_line_about_a_target_names_the_proxy()
    {
        var text = await Written(LogFormat.Text, log => new SessionLog(log, "app", false).TargetUp("db:5432"));
        Assert.Equal("2030-01-02T12:00:00.005Z [INFO] [proxy=app] Target db:5432 is up.\n", text);
    }

    [Fact]
    public async Task A_name_with_line_breaks_stays_on_one_line()
    {
        var text = await Written(LogFormat.Text, log =>
            log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, "a\nb\rc\td\u0001e\u0085f"));
        Assert.EndsWith(@"[INFO] a\nb\rc\td\u0001e\u0085f" + "\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_one_object_a_line_with_stable_numbers()
    {
        var text = await Written(LogFormat.Json, log =>
        {
            var session = new SessionLog(log, "app", false);
            session.ClientClosed(
                session.Scope("ro", 7), EndReason.ClientTerminated, TimeSpan.FromSeconds(1.5), 3);
            log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, "say \"hi\"\n");
        });
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal("ClientClosed", first.RootElement.GetProperty("event").GetString());
        Assert.Equal(203, first.RootElement.GetProperty("eventId").GetInt32());
        Assert.Equal("app", first.RootElement.GetProperty("proxy").GetString());
        Assert.Equal("ro", first.RootElement.GetProperty("proxyEndpoint").GetString());
        Assert.Equal(7, first.RootElement.GetProperty("clientConnection").GetInt64());
        Assert.Equal("ClientTerminated", first.RootElement.GetProperty("reason").GetString());
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("say \"hi\"\n", second.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_level_that_is_off_evaluates_nothing()
    {
        var evaluated = 0;
        var text = await Written(LogFormat.Text, log =>
            log.Write(LogLevel.Debug, LogEvent.Note, LogScope.Process, $"{evaluated++}"));
        Assert.Equal("", text);
        Assert.Equal(0, evaluated);
    }

    [Fact]
    public async Task DebugLogging_turns_statements_on_for_one_proxy_only()
    {
        var text = await Written(LogFormat.Text, log =>
        {
            new SessionLog(log, "loud", true).Statement(new LogScope("loud", "default", 1), "select 1"u8);
            new SessionLog(log, "quiet", false).Statement(new LogScope("quiet", "default", 2), "select 2"u8);
        });
        Assert.Contains("select 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("select 2", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_off_allocates_nothing()
    {
        var session = new SessionLog(Log.Silent, "app", false);
        var scope = session.Scope("default", 1);
        Burst(session, scope);
        Assert.Equal(0, Allocations.Least(() => Burst(session, scope)));

        static void Burst(SessionLog session, in LogScope scope)
        {
            for (var i = 0; i < 100; i++)
            {
                session.Statement(scope, "select 1"u8);
                session.ServerClosed(scope, EndReason.ServerClosed);
                session.BorrowTimedOut(scope, TimeSpan.FromSeconds(i), i);
                session.Pinned(scope, "Listen", "words", null, null);
            }
        }
    }

    [Fact]
    public async Task A_stuck_reader_costs_lines_but_never_the_writer()
    {
        using var output = new StuckStream();
        var log = new Log(output, LogFormat.Text, waitingLinesMax: 8);
        log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, "first");
        await output.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 20; i++)
            log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, $"line {i}");
        Assert.Equal(12, log.LinesDropped);
        output.Release();
        await log.DisposeAsync();
        Assert.Contains("12 log lines were dropped", output.Text, StringComparison.Ordinal);
        Assert.Contains("line 7", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_gone_does_not_stop_the_log()
    {
        var log = new Log(new BrokenStream(), LogFormat.Text);
        log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, "one");
        await log.DisposeAsync();
        Assert.Equal(0, log.LinesDropped);
    }

    [Fact]
    public async Task A_message_beyond_the_bound_is_cut()
    {
        var text = await Written(LogFormat.Text, log =>
            log.Write(LogLevel.Info, LogEvent.Note, LogScope.Process, new string('x', 100_000)));
        Assert.InRange(text.Length, Log.MessageCharactersMax, Log.MessageCharactersMax + 100);
    }

    [Fact]
    public async Task A_pin_says_why_and_what_ends_it()
    {
        var text = await Written(LogFormat.Text, log =>
        {
            var session = new SessionLog(log, "app", false);
            session.Pinned(
                session.Scope("default", 1, 2), "TemporaryTable", "The session has temporary tables.",
                "create temp table t (a int)", "the table is dropped");
        });
        Assert.Contains("[WARN] [proxyEndpoint=app/default] [clientConnection=1] [dbConnection=2] "
            + "The client session was pinned to the database connection [dbConnection=2].",
            text, StringComparison.Ordinal);
        Assert.Contains("until the table is dropped", text, StringComparison.Ordinal);
        Assert.Contains("Digest: \"create temp table t (a int)\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reason_for_an_end_has_words()
    {
        foreach (var reason in Enum.GetValues<EndReason>().Where(reason => reason != EndReason.None))
            Assert.EndsWith(".", EndReasonText.Of(reason), StringComparison.Ordinal);
    }

    private static async Task<string> Written(LogFormat format, Action<Log> write)
    {
        using var output = new MemoryStream();
        var log = new Log(output, format, clock: new StandingClock());
        write(log);
        await log.DisposeAsync();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Noon;
    }

    private sealed class StuckStream : MemoryStream
    {
        private readonly TaskCompletionSource _reached = new();
        private readonly TaskCompletionSource _released = new();

        public Task Reached => _reached.Task;

        public string Text => Encoding.UTF8.GetString(ToArray());

        public void Release() => _released.SetResult();

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            _reached.TrySetResult();
            await _released.Task;
            Write(buffer.Span);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
            throw new IOException("gone");
    }
}
