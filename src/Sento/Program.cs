using Sento.DataPlane.Metrics;
using Sento.Host;
using Sento.Model;

foreach (var fault in Composition.CreateRuntime(Log.Silent, Composition.CreateMetrics()).Start(ProxySnapshot.Empty))
    System.Console.Error.WriteLine(fault);
return 1;
