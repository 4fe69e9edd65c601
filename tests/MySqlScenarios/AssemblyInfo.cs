using Sento.Tests.MySqlScenarios;
using Sento.Tests.Order;
using Xunit.Sdk;
using Xunit.v3;

// The plays share one database on each server and compare what they see of it: they run one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Grounds))]
[assembly: TestCollectionOrderer(typeof(OrderByName))]
[assembly: TestClassOrderer(typeof(OrderByName))]
[assembly: TestMethodOrderer(typeof(OrderByName))]
