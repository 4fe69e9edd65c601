using Sento.Tests.ApiConformance;
using Xunit.Sdk;
using Xunit.v3;

// They share a serving process and its vault, in which each makes what it needs, and wait most of the time.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 6)]
[assembly: AssemblyFixture(typeof(ApiGround))]
