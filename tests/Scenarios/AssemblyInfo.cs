using Sento.Tests.Order;
using Sento.Tests.Scenarios;
using Xunit.Sdk;
using Xunit.v3;

// The plays share one database and compare what they see of it, so they run one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Ground))]
[assembly: TestCollectionOrderer(typeof(OrderByName))]
[assembly: TestClassOrderer(typeof(OrderByName))]
[assembly: TestMethodOrderer(typeof(OrderByName))]
