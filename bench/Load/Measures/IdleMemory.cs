using System.Globalization;
using System.Net;
using Sento.Lab.Measures;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>
/// What an idle client costs a proxy: the growth of its resident memory over many clients that have signed in
/// and run one query each. The kernel's memory for the sockets is not counted.
/// </summary>
internal sealed class IdleMemory(Stage stage, bool isTls = false)
{
    // Less than the 28,000 ports that one source address has.
    private const int ClientsPerAddress = 20_000;
    private const int WarmUpClients = 100;
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(10);

    /// <param name="BaseBytes">Resident after the warm-up, without clients.</param>
    /// <param name="SignedInBytes">Growth for each client before its query.</param>
    /// <param name="Bytes">Growth for each client after its query: the figure to compare.</param>
    internal sealed record Result(int Clients, long BaseBytes, double SignedInBytes, double Bytes);

    /// <summary>Starts the contender afresh, measures it, stops it.</summary>
    public Result Measure(IContender contender, int clientCount)
    {
        contender.Start();
        try
        {
            // What the first clients make a process load or compile belongs to no client.
            Visit(contender, WarmUpClients);
            Visit(contender, WarmUpClients);
            var empty = SettledBytes(contender);
            var (signedIn, loaded) = Load(contender, clientCount);
            return new Result(
                clientCount, empty, (double)(signedIn - empty) / clientCount,
                (double)(loaded - empty) / clientCount);
        }
        finally
        {
            contender.Stop();
        }
    }

    private void Visit(IContender contender, int clientCount) => Load(contender, clientCount);

    private (long SignedIn, long Loaded) Load(IContender contender, int clientCount)
    {
        var clients = new List<IRawClient>(clientCount);
        try
        {
            while (clients.Count < clientCount)
            {
                stage.Interruption.ThrowIfInterrupted();
                var source = Source(clients.Count);
                clients.Add(stage.Database.SignIn(
                    contender.Port, source, isTls ? stage.Certificate.CertificatePath : null));
            }

            var signedIn = SettledBytes(contender);
            foreach (var client in clients)
            {
                stage.Interruption.ThrowIfInterrupted();
                client.Query("select 1");
            }

            return (signedIn, SettledBytes(contender));
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    private static IPAddress Source(int index) => new([127, 0, 0, (byte)(1 + (index / ClientsPerAddress))]);

    /// <summary>
    /// Resident bytes once they have stopped changing for half a second, or after ten seconds.
    /// </summary>
    private long SettledBytes(IContender contender)
    {
        var last = -1L;
        stage.Interruption.WaitFor(
            () =>
            {
                stage.Interruption.Pause(TimeSpan.FromMilliseconds(500));
                var now = ResidentBytesOf(contender);
                var isSettled = now == last;
                last = now;
                return isSettled;
            },
            SettlePatience);
        return last;
    }

    /// <summary>Resident bytes of a proxy's processes.</summary>
    public static long ResidentBytesOf(IContender contender) => ProcessFamily.Of(
        contender.ProcessId ?? throw new BenchFailure($"{contender.Name} has no process")).Sum(ResidentBytes);

    private static long ResidentBytes(int processId)
    {
        // Unlike the counters of /proc/PID/status this walks the pages: exact.
        var line = File.ReadLines($"/proc/{processId}/smaps_rollup").First(text => text.StartsWith("Rss:"));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024;
    }
}
