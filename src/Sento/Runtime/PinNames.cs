namespace Sento.Host.Runtime;

/// <summary>The reasons for a pin of all protocols, in the order of their numbers in the metrics.</summary>
internal static class PinNames
{
    public static readonly IReadOnlyList<string> All =
        [.. Postgres.Client.PinCauses.Names.Union(MySql.Client.PinCauses.Names)];
}
