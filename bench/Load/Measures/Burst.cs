using System.Diagnostics;
using Sento.Load.Contenders;
using Sento.Load.Processes;
using Sento.Load.Wire;

namespace Sento.Load.Measures;

/// <summary>
/// Thousands of clients that come at once, as when a platform scales out: all connect before the first is
/// answered, all sign in step by step side by side, each runs one query.
/// </summary>
internal sealed class Burst(Stage stage)
{
    /// <param name="Failed">Clients that were turned away.</param>
    /// <param name="Seconds">Until the last one had its answer.</param>
    /// <param name="CpuMicroseconds">Of the proxy, for each client.</param>
    internal sealed record Result(int Clients, int Failed, double Seconds, double CpuMicroseconds);

    public Result Measure(IContender contender, int clientCount)
    {
        var credentials = stage.Server.Credentials;
        var before = CpuClock.TreeNanoseconds(contender.ProcessId!.Value);
        var started = Stopwatch.GetTimestamp();
        var clients = new List<RawClient>(clientCount);
        var failed = 0;
        try
        {
            for (var index = 0; index < clientCount; index++)
                Try(() => clients.Add(RawClient.Connect(contender.Port, credentials)));
            var signingIn = new List<RawClient>(clients);
            while (signingIn.Count > 0)
            {
                stage.Interruption.ThrowIfInterrupted();
                signingIn.RemoveAll(client =>
                {
                    var isOver = true;
                    Try(() =>
                    {
                        isOver = client.TakeSignInStep();
                        if (isOver) client.Query("select 1");
                    });
                    return isOver;
                });
            }

            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var cpu = CpuClock.TreeNanoseconds(contender.ProcessId!.Value) - before;
            return new Result(clientCount, failed, seconds, cpu / 1000.0 / clientCount);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }

        void Try(Action step)
        {
            try
            {
                step();
            }
            catch (BenchFailure)
            {
                failed++;
            }
        }
    }
}
