using System.Collections.Immutable;
using static Sento.Model.PropertyOrigin;
using static Sento.Model.Properties<Sento.Model.TargetGroupConfig>;

namespace Sento.Model;

/// <summary>AWS::RDS::DBProxyTargetGroup, property by property.</summary>
public static class TargetGroupProperties
{
    public static readonly TargetGroupConfig Blank = new() { Targets = [] };

    public static readonly ImmutableArray<Property<TargetGroupConfig>> All =
    [
        Text(
            "TargetGroupName", Rds, g => g.TargetGroupName, (g, v) => g with { TargetGroupName = v },
            "RDS knows one name.", range: "default",
            check: v => v == "default" ? null : $"\"{v}\" is not allowed; allowed: default"),
        Section("Targets", Own, "The databases; the first one takes writes.", isList: true, isRequired: true),
        Section(
            "ConnectionPoolConfigurationInfo", Rds,
            "How many connections go to each target, and for how long."),
        Unused("DBProxyName", "The group stands in its proxy."),
        Unused("DBInstanceIdentifiers", "Targets names the databases."),
        Unused("DBClusterIdentifiers", "Targets names the databases."),
    ];
}
