using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Reports;

namespace Sento.Load.Commands;

/// <summary>What an idle client costs each proxy.</summary>
internal static class IdleCommand
{
    /// <param name="IsTls">Clients encrypt; relays are left out.</param>
    internal sealed record Options(int Clients, bool IsTls, Lineup.Choice Choice);

    public static int Run(Options options, Interruption interruption)
    {
        using var bench = new Bench(interruption, options.Choice);
        Console.WriteLine(MemoryReport.Of(Measure(
            bench.Stage, bench.Lineup, options.Clients, options.IsTls), options.IsTls ? ", TLS" : ""));
        return 0;
    }

    /// <summary>
    /// Measures each proxy in a process of its own; who fails is left out, with its reason shown.
    /// </summary>
    public static Dictionary<string, IdleMemory.Result> Measure(
        Stage stage, Lineup lineup, int clientCount, bool isTls = false, bool withoutRelays = false)
    {
        var memory = new IdleMemory(stage, isTls);
        var results = new Dictionary<string, IdleMemory.Result>();
        foreach (var contender in lineup.Proxies
            .Where(contender => !((isTls || withoutRelays) && contender.IsRelay)))
        {
            try
            {
                var result = memory.Measure(contender, clientCount);
                results[contender.Name] = result;
                Console.Error.WriteLine(
                    $"idle  {clientCount} clients  {contender.Name,-10} {result.Bytes:0} bytes each");
            }
            catch (BenchFailure fault)
            {
                Console.Error.WriteLine($"idle  {contender.Name}: void: {fault.Message}");
            }
        }

        return results;
    }
}
