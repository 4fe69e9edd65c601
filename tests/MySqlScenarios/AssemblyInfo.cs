using Sento.Tests.MySqlScenarios;
using Xunit.Sdk;
using Xunit.v3;

// The plays share one database on each server and compare what they see of it: they run one after another.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Grounds))]
