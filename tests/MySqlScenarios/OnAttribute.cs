using System.Reflection;
using Sento.Tests.Support.Databases;
using Xunit.Sdk;
using Xunit.v3;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Which servers a play runs on: each of these by itself.</summary>
public abstract class KindsAttribute(params MySqlKind[] kinds) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
            [.. kinds.Select(kind => new TheoryDataRow(kind))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>The play runs on one of them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnAttribute(MySqlKind kind) : KindsAttribute(kind);

/// <summary>The play runs on MariaDB and on MySQL.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnBothAttribute() : KindsAttribute(MySqlKind.MariaDb, MySqlKind.MySql);
