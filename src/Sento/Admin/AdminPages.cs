using System.Text;
using System.Text.Json;

namespace Sento.Host.Admin;

/// <summary>An answer of the administration listener.</summary>
internal sealed record AdminPage(int Status, string ContentType, byte[] Body);

/// <summary>The pages of the administration listener, whatever carries them.</summary>
internal sealed class AdminPages(IAdminView view, Func<string> metrics)
{
    private const string Json = "application/json";

    /// <returns>Null: there is no such page.</returns>
    public async ValueTask<AdminPage?> GetAsync(string path, CancellationToken cancellation) => path switch
    {
        "/metrics" =>
            new AdminPage(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(metrics())),
        "/health" => Health(view.Health),
        "/clients" => Rows(await view.ClientsAsync(cancellation), AdminJson.Default.ImmutableArrayClientRow),
        "/servers" => Rows(await view.ServersAsync(cancellation), AdminJson.Default.ImmutableArrayServerRow),
        "/pins" => Rows(await view.PinsAsync(cancellation), AdminJson.Default.ImmutableArrayPinRow),
        _ => null,
    };

    /// <summary>
    /// 503 while no client should come here: draining, or a proxy without any target that is up.
    /// </summary>
    private static AdminPage Health(HealthReport health)
    {
        var reasons = new List<string>();
        if (health.IsDraining)
            reasons.Add("draining");
        foreach (var proxy in health.Targets.GroupBy(target => target.Proxy))
        {
            if (proxy.All(target => target.State == TargetState.Unavailable))
                reasons.Add($"proxy {proxy.Key} has no target that is up");
        }
        var body = new HealthBody(reasons.Count == 0 ? "up" : "down", [.. reasons], health.Targets);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, AdminJson.Default.HealthBody);
        return new AdminPage(reasons.Count == 0 ? 200 : 503, Json, bytes);
    }

    private static AdminPage Rows<T>(T rows, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        new(200, Json, JsonSerializer.SerializeToUtf8Bytes(rows, type));
}
