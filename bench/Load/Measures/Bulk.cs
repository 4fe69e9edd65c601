using System.Diagnostics;
using Sento.Load.Contenders;
using Sento.Load.Processes;
using Sento.Load.Wire;

namespace Sento.Load.Measures;

/// <summary>
/// What a proxy's processes use of the CPU for each megabyte that COPY takes through it, by one client. The
/// contenders take turns of a few megabytes, so that whatever slows the machine slows everyone alike.
/// </summary>
internal sealed class Bulk(Stage stage)
{
    private const int RowBytes = 8_000;
    private const int RowsPerTurn = 1_250;
    private const int Turns = 10;
    private const int WarmSeconds = 4;
    private const double MegabytesPerTurn = RowBytes * RowsPerTurn / 1e6;

    /// <summary>A hundred megabytes for each direction and contender.</summary>
    public const double Megabytes = MegabytesPerTurn * Turns;

    private static readonly byte[] Row = [.. Enumerable.Repeat((byte)'x', RowBytes - 1), (byte)'\n'];

    private readonly HashSet<(string Direction, string Contender)> _warm = [];

    /// <summary>CPU µs for each megabyte, by contender; the direction is the workload's name.</summary>
    public IReadOnlyDictionary<string, double> Measure(string direction, IReadOnlyList<IContender> contenders)
    {
        var clients = new Dictionary<IContender, RawClient>();
        var nanoseconds = contenders.ToDictionary(contender => contender, _ => 0L);
        try
        {
            foreach (var contender in contenders)
            {
                clients[contender] = RawClient.SignIn(contender.Port, stage.Server.Credentials);
                Warm(direction, contender, clients[contender]);
            }

            for (var turn = 0; turn < Turns; turn++)
            {
                var first = turn % contenders.Count;
                foreach (var contender in contenders.Skip(first).Concat(contenders.Take(first)))
                {
                    stage.Interruption.ThrowIfInterrupted();
                    var before = CpuClock.TreeNanoseconds(contender.ProcessId!.Value);
                    Carry(direction, clients[contender]);
                    nanoseconds[contender] +=
                        CpuClock.TreeNanoseconds(contender.ProcessId!.Value) - before;
                }
            }
        }
        finally
        {
            foreach (var client in clients.Values) client.Dispose();
        }

        return nanoseconds.ToDictionary(pair => pair.Key.Name, pair => pair.Value / 1000.0 / Megabytes);
    }

    /// <summary>The first bytes make a proxy find its buffers, and a just-in-time compiler work.</summary>
    private void Warm(string direction, IContender contender, RawClient client)
    {
        var seconds = _warm.Add((direction, contender.Name)) ? WarmSeconds : 0;
        var began = Stopwatch.GetTimestamp();
        do
        {
            stage.Interruption.ThrowIfInterrupted();
            Carry(direction, client);
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
    }

    private static void Carry(string direction, RawClient client)
    {
        if (direction == "copy-in")
        {
            client.Query("begin; create temporary table sink (line text) on commit drop");
            client.CopyIn("copy sink from stdin", Row, RowsPerTurn);
            client.Query("commit");
            return;
        }

        var bytes = client.CopyOut(
            $"copy (select repeat('x', {RowBytes - 1}) from generate_series(1, {RowsPerTurn})) to stdout");
        if (bytes != RowBytes * (long)RowsPerTurn)
            throw new BenchFailure($"COPY brought {bytes} bytes instead of {RowBytes * (long)RowsPerTurn}");
    }
}
