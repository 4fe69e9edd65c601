using Xunit.Sdk;
using Xunit.v3;

// Each class runs labs of its own, which wait most of the time for the next arrival.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 5)]
