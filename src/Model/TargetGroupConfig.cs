using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>AWS::RDS::DBProxyTargetGroup: the targets and how many connections go to them.</summary>
public sealed record TargetGroupConfig
{
    public string TargetGroupName { get; init; } = "default";

    public required ImmutableArray<TargetConfig> Targets { get; init; }

    public PoolConfig ConnectionPoolConfigurationInfo { get; init; } = new();
}
