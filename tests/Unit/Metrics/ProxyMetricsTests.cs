using Sento.Base;
using Sento.DataPlane.Metrics;
using Xunit;

namespace Sento.Tests.Unit.Metrics;

public sealed class ProxyMetricsTests
{
    [Fact]
    public void Names_are_CloudWatchs_in_snake_case()
    {
        var metrics = new ProxyMetrics(["Listen"]);
        metrics.AddEndpoint("app", "default");
        metrics.AddTarget("app", "default", "db:5432");
        var names =
            Lines(metrics).Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToArray();
        foreach (var expected in new[]
        {
            "sento_client_connections gauge", "sento_client_connections_tls gauge",
            "sento_client_connections_no_tls gauge", "sento_client_connections_received_total counter",
            "sento_client_connections_closed_total counter", "sento_query_requests_no_tls_total counter",
            "sento_client_connections_setup_failed_auth_total counter",
            "sento_client_connections_setup_succeeded_total counter",
            "sento_database_connections gauge", "sento_database_connections_with_tls gauge",
            "sento_database_connections_currently_borrowed gauge",
            "sento_database_connections_currently_in_transaction gauge",
            "sento_database_connections_currently_session_pinned gauge",
            "sento_database_connection_requests_total counter",
            "sento_database_connections_setup_failed_total counter",
            "sento_max_database_connections_allowed gauge", "sento_availability_percentage gauge",
            "sento_database_connections_borrow_latency_seconds histogram",
            "sento_query_response_latency_seconds summary",
            "sento_query_database_response_latency_seconds summary",
            "sento_pins_total counter", "sento_sessions_pinned gauge", "sento_clients_waiting gauge",
        })
        {
            Assert.Contains("# TYPE " + expected, names);
        }
    }

    [Fact]
    public void Loops_are_added_up_under_one_set_of_labels()
    {
        var metrics = new ProxyMetrics(["Listen", "Cursor"]);
        var one = metrics.AddEndpoint("app", "default");
        var two = metrics.AddEndpoint("app", "default");
        var other = metrics.AddEndpoint("app", "ro");
        one.ClientConnections = 3;
        two.ClientConnections = 4;
        other.ClientConnections = 5;
        one.Pin(1);
        two.Pin(1);
        two.Unpin(1, 100);
        one.ClientEnded(EndReason.ClientVanished);
        var lines = Lines(metrics);
        Assert.Contains("sento_client_connections{proxy=\"app\",endpoint=\"default\"} 7", lines);
        Assert.Contains("sento_client_connections{proxy=\"app\",endpoint=\"ro\"} 5", lines);
        Assert.Contains("sento_pins_total{proxy=\"app\",endpoint=\"default\",reason=\"Cursor\"} 2", lines);
        Assert.Contains(
            "sento_sessions_pinned{proxy=\"app\",endpoint=\"default\",reason=\"Cursor\"} 1", lines);
        Assert.DoesNotContain(lines, line => line.Contains("reason=\"Listen\"", StringComparison.Ordinal));
        Assert.Contains(
            "sento_client_connections_ended_total"
                + "{proxy=\"app\",endpoint=\"default\",reason=\"ClientVanished\"} 1", lines);
        metrics.Remove(other);
        Assert.DoesNotContain(
            Lines(metrics), line => line.Contains("endpoint=\"ro\"", StringComparison.Ordinal));
    }

    [Fact]
    public void What_each_loop_knows_of_the_whole_target_is_not_added_up()
    {
        var metrics = new ProxyMetrics([]);
        foreach (var loop in new[] { 0, 1 })
        {
            var target = metrics.AddTarget("app", "default", "db:5432");
            target.MaxDatabaseConnectionsAllowed = 90 + loop;
            target.AvailabilityPercentage = 100;
            target.DatabaseConnections = 10;
        }
        var lines = Lines(metrics);
        const string labels = "{proxy=\"app\",target_group=\"default\",target=\"db:5432\"}";
        Assert.Contains($"sento_max_database_connections_allowed{labels} 91", lines);
        Assert.Contains($"sento_availability_percentage{labels} 100", lines);
        Assert.Contains($"sento_database_connections{labels} 20", lines);
    }

    [Theory]
    [InlineData(0, "0.000064")]
    [InlineData(64, "0.000064")]
    [InlineData(65, "0.000128")]
    [InlineData(1_000_000, "1.048576")]
    [InlineData(268_435_456, "268.435456")]
    [InlineData(268_435_457, "+Inf")]
    [InlineData(long.MaxValue, "+Inf")]
    public void A_wait_counts_in_the_first_bucket_that_holds_it(long microseconds, string bound)
    {
        var metrics = new ProxyMetrics([]);
        metrics.AddEndpoint("app", "default").BorrowWait.Observe(microseconds);
        var buckets = Lines(metrics)
            .Where(line => line.StartsWith(
                "sento_database_connections_borrow_latency_seconds_bucket", StringComparison.Ordinal))
            .ToArray();
        var first = buckets.First(line => line.EndsWith(" 1", StringComparison.Ordinal));
        Assert.Contains($"le=\"{bound}\"", first, StringComparison.Ordinal);
        Assert.EndsWith("le=\"+Inf\"} 1", buckets[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_escaped()
    {
        var metrics = new ProxyMetrics([]);
        metrics.AddEndpoint("a\"b\\c\nd", "default").ClientConnections = 1;
        Assert.Contains(
            @"sento_client_connections{proxy=""a\""b\\c\nd"",endpoint=""default""} 1", Lines(metrics));
    }

    [Fact]
    public void Every_line_is_valid_exposition()
    {
        var metrics = new ProxyMetrics(["Listen"]);
        metrics.AddEndpoint("app", "default").Pin(0);
        metrics.AddTarget("app", "default", "[::1]:5432").ServerEnded(EndReason.ServerClosed);
        var seen = new HashSet<string>();
        foreach (var line in Lines(metrics))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                Assert.True(seen.Add(line), $"twice: {line}");
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
                Assert.Matches(Series, line);
        }
    }

    private const string Series = """^sento_[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.]+$""";

    private static string[] Lines(ProxyMetrics metrics) =>
        metrics.ToPrometheus(Log.Silent).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
