using Xunit.Sdk;
using Xunit.v3;
using Sento.Tests.Scenarios;

// The plays share one database and compare what they see of it, so they run one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Ground))]
