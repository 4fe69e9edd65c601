using Xunit.Sdk;
using Xunit.v3;

namespace Sento.Tests.Order;

/// <summary>
/// Tests in the order of their names. By itself the order follows from where the source tree lies, and what
/// one leaves in a database that they share would show on some machines only.
/// </summary>
public sealed class OrderByName : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer
{
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections)
        where T : ITestCollection => Order(testCollections, one => one.TestCollectionDisplayName);

    public IReadOnlyCollection<T?> OrderTestClasses<T>(IReadOnlyCollection<T?> testClasses)
        where T : notnull, ITestClass => Order(testClasses, one => one?.TestClassName ?? "");

    public IReadOnlyCollection<T?> OrderTestMethods<T>(IReadOnlyCollection<T?> testMethods)
        where T : notnull, ITestMethod => Order(testMethods, one => one?.MethodName ?? "");

    private static List<T> Order<T>(IEnumerable<T> tests, Func<T, string> nameOf) =>
        [.. tests.OrderBy(nameOf, StringComparer.Ordinal)];
}
