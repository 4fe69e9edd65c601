using Xunit.Sdk;
using Xunit.v3;

// Each scenario makes the same tables, directly and through the proxy: one at a time on each server.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]
