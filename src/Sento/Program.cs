using Sento.Host;
using Sento.Model;

foreach (var fault in Composition.CreateRuntime().Start(ProxySnapshot.Empty))
    System.Console.Error.WriteLine(fault);
return 1;
