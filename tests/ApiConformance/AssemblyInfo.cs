using Sento.Tests.ApiConformance;
using Xunit.Sdk;
using Xunit.v3;

// They share a serving process and its vault, and the machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(ApiGround))]
