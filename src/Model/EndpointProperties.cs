using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.EndpointConfig>;

namespace Sento.Model;

/// <summary>AWS::RDS::DBProxyEndpoint, property by property.</summary>
public static class EndpointProperties
{
    public static readonly EndpointConfig Blank = new() { DBProxyEndpointName = "default", Listen = [] };

    public static readonly ImmutableArray<Property<EndpointConfig>> All =
    [
        Text(
            "DBProxyEndpointName", Rds, e => e.DBProxyEndpointName,
            (e, v) => e with { DBProxyEndpointName = v },
            "The endpoint's name, in logs and metrics.", range: ResourceName.Range,
            check: ResourceName.Check),
        Choice(
            "TargetRole", Rds, [("READ_WRITE", TargetRole.ReadWrite), ("READ_ONLY", TargetRole.ReadOnly)],
            e => e.TargetRole, (e, v) => e with { TargetRole = v },
            "READ_WRITE goes to the target that takes writes, READ_ONLY to the others in turn; each target "
            + "is asked (pg_is_in_recovery). The only target of a group serves both."),
        List(
            "Listen", Own, e => e.Listen, (e, v) => e with { Listen = v },
            "Addresses that clients connect to. Clients of libpq look for a Unix socket named .s.PGSQL.PORT.",
            "list of addresses", ListenAddress.Range, isRequired: true),
        List(
            "AdvertisedHosts", Own, e => e.AdvertisedHosts, (e, v) => e with { AdvertisedHosts = v },
            "Names that clients know this endpoint by, beside its addresses: tokens are made for a host and "
            + "a port, and taken for these only. * takes any.", "list of hosts", "HOST, HOST:PORT or *"),
        Choice(
            "PoolMode", Own,
            [
                ("transaction", PoolMode.Transaction), ("session", PoolMode.Session),
                ("statement", PoolMode.Statement),
            ],
            e => e.PoolMode, (e, v) => e with { PoolMode = v },
            "When a server connection is released: after each transaction, at the end of the session, or "
            + "after each "
            + "statement (transactions of several statements are refused)."),
        Unused("DBProxyName", "The endpoint stands in its proxy."),
        Unused("VpcSubnetIds", "Listen says where clients connect."),
        Unused("VpcSecurityGroupIds", "Use the machine's firewall."),
        Unused("EndpointNetworkType", "Listen says it."),
        Unused("Tags", "Nothing here reads tags."),
    ];
}
