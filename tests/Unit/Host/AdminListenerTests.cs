using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Sento.Host.Admin;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class AdminListenerTests
{
    private static readonly DateTimeOffset Since = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        var (status, type, text) = await GetAsync(new View(), "/metrics");
        Assert.Equal((HttpStatusCode.OK, "text/plain"), (status, type));
        Assert.Equal("sento_up 1\n", text);
    }

    [Theory]
    [InlineData(false, TargetState.Available, TargetState.Unavailable, HttpStatusCode.OK, "")]
    [InlineData(false, TargetState.Registering, TargetState.Unavailable, HttpStatusCode.OK, "")]
    [InlineData(
        false, TargetState.Unavailable, TargetState.Unavailable, HttpStatusCode.ServiceUnavailable,
        "proxy app has no target that is up")]
    [InlineData(
        true, TargetState.Available, TargetState.Available, HttpStatusCode.ServiceUnavailable, "draining")]
    public async Task Health_says_whether_clients_should_come_here(
        bool isDraining, TargetState one, TargetState other, HttpStatusCode expected, string reason)
    {
        var view = new View
        {
            Health = new HealthReport(
                isDraining,
                [
                    new("app", "a:5432", one, null, Since),
                    new("app", "b:5432", other, "connection refused", Since),
                ]),
        };
        var (status, _, text) = await GetAsync(view, "/health");
        Assert.Equal(expected, status);
        using var body = JsonDocument.Parse(text);
        Assert.Equal(
            expected == HttpStatusCode.OK ? "up" : "down",
            body.RootElement.GetProperty("status").GetString());
        Assert.Equal(reason, string.Join(",", body.RootElement.GetProperty("reasons").EnumerateArray()));
        Assert.Equal(
            "connection refused",
            body.RootElement.GetProperty("targets")[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Rows_are_JSON()
    {
        var (_, _, clients) = await GetAsync(new View(), "/clients");
        using var client = JsonDocument.Parse(clients);
        Assert.Equal("psql", client.RootElement[0].GetProperty("applicationName").GetString());
        var (_, _, servers) = await GetAsync(new View(), "/servers");
        using var server = JsonDocument.Parse(servers);
        Assert.Equal(4711, server.RootElement[0].GetProperty("backendPid").GetInt32());
        var (_, _, pins) = await GetAsync(new View(), "/pins");
        using var pin = JsonDocument.Parse(pins);
        Assert.Equal("TemporaryTable", pin.RootElement[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Nothing_else_is_there() =>
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(new View(), "/")).Status);

    [Fact]
    public async Task Nothing_can_be_changed()
    {
        var (listener, _) =
            await AdminListener.OpenAsync("127.0.0.1:0", new AdminPages(new View(), () => ""));
        await using (listener)
        {
            using var http = new HttpClient();
            using var reply = await http.PostAsync(new Uri(listener!.Address + "/metrics"), null);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, reply.StatusCode);
        }
    }

    [Fact]
    public async Task An_address_in_use_is_told()
    {
        var pages = new AdminPages(new View(), () => "");
        var (first, _) = await AdminListener.OpenAsync("127.0.0.1:0", pages);
        await using (first)
        {
            var (second, fault) = await AdminListener.OpenAsync(new Uri(first!.Address).Authority, pages);
            Assert.Null(second);
            Assert.Contains("address already in use", fault, StringComparison.Ordinal);
        }
    }

    private static async Task<(HttpStatusCode Status, string? Type, string Text)> GetAsync(
        View view, string path)
    {
        var (listener, fault) =
            await AdminListener.OpenAsync("127.0.0.1:0", new AdminPages(view, () => "sento_up 1\n"));
        Assert.Null(fault);
        await using (listener)
        {
            using var http = new HttpClient();
            using var reply = await http.GetAsync(new Uri(listener!.Address + path));
            return (
                reply.StatusCode, reply.Content.Headers.ContentType?.MediaType,
                await reply.Content.ReadAsStringAsync());
        }
    }

    private sealed class View : IAdminView
    {
        public HealthReport Health { get; init; } = new(false, []);

        public ValueTask<ImmutableArray<ClientRow>> ClientsAsync(CancellationToken cancellation) => new(
        [
            new ClientRow(
                1, "app", "default", "u", "d", "psql", "127.0.0.1:1", true, "Idle", Since, 2,
                TimeSpan.FromSeconds(1.5), 3),
        ]);

        public ValueTask<ImmutableArray<ServerRow>> ServersAsync(CancellationToken cancellation) => new(
            [new ServerRow(2, "app", "db:5432", "u", "d", 4711, false, "Borrowed", Since, Since, Since, 1,
                7, 9)]);

        public ValueTask<ImmutableArray<PinRow>> PinsAsync(CancellationToken cancellation) => new(
        [
            new PinRow(
                1, 2, "app", "default", "u", "d", "TemporaryTable", "create temp table t (a int)", Since,
                "it is dropped"),
        ]);
    }
}
