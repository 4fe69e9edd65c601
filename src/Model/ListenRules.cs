using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Addresses that are addresses, each wanted once.</summary>
internal static class ListenRules
{
    public static void Check(ProxySnapshot snapshot, ImmutableArray<Fault>.Builder faults)
    {
        var taken = new List<(ListenAddress Address, string Text)>();
        foreach (var (text, path) in Addresses(snapshot))
        {
            if (!ListenAddress.TryParse(text, out var address))
            {
                if (ListenAddress.Check(text) is { } message)
                    faults.Add(new Fault(path, message));
                continue;
            }
            if (taken.Find(other => other.Address.Overlaps(address)) is { Text: not null } other)
                faults.Add(
                    new Fault(path, $"{text} overlaps with {other.Text}, which is already listened on"));
            taken.Add((address, text));
            var name = Path.GetFileName(address.Path);
            if (address.Address is null && !name.StartsWith(".s.PGSQL.", StringComparison.Ordinal))
                faults.Add(
                    Fault.Note(path, "clients of libpq look for a socket named .s.PGSQL.PORT in its folder"));
        }
        CheckAdmin(snapshot.Admin, taken, faults);
    }

    private static void CheckAdmin(
        AdminConfig admin, List<(ListenAddress Address, string Text)> taken,
        ImmutableArray<Fault>.Builder faults)
    {
        if (admin.Listen is not { } text || !ListenAddress.TryParse(text, out var address))
            return;
        if (taken.Find(other => other.Address.Overlaps(address)) is { Text: not null } other)
            faults.Add(new Fault(
                "Admin.Listen", $"{text} overlaps with {other.Text}, which is already listened on"));
        if (!address.IsLocal)
            faults.Add(Fault.Note("Admin.Listen", "whoever reaches this address can read who is connected"));
    }

    private static IEnumerable<(string Text, string Path)> Addresses(ProxySnapshot snapshot) =>
        from proxy in snapshot.Proxies.Select((config, i) => (config, path: $"Proxies[{i}]"))
        from endpoint in proxy.config.Endpoints.Select(
            (config, i) => (config, path: $"{proxy.path}.Endpoints[{i}]"))
        from listen in endpoint.config.Listen.Select(
            (text, i) => (text, path: $"{endpoint.path}.Listen[{i}]"))
        select listen;
}
