using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Load.Contenders;
using Sento.Load.Processes;

namespace Sento.Load.Measures;

/// <summary>sysbench's own scripts of OLTP, one run to its end each.</summary>
internal static partial class Sysbench
{
    private const int BucketMax = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static void Prepare(Stage stage, int port, Credentials credentials, int rows) =>
        Run(stage, port, credentials, "oltp_read_write", rows, ["--threads=1", "prepare"]);

    /// <summary>One run of so many seconds, signing in not counted.</summary>
    public static Slice Measure(Stage stage, IContender contender, Workload workload, int rows, int seconds)
    {
        var output = Run(stage, contender.Port, stage.Database.Credentials, workload.Script!, rows,
        [
            $"--threads={workload.Clients}", $"--time={seconds}", "--histogram=on", "--percentile=99",
            $"--db-ps-mode={(workload.Mode == "prepared" ? "auto" : "disable")}", "run",
        ]);
        if (!NoneReconnected().IsMatch(output))
            throw new BenchFailure("sysbench had to connect again");
        var buckets = BucketLine().Matches(output).Select(line =>
            (double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture),
                int.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture))).Take(BucketMax).ToList();
        var transactions = int.Parse(
            TransactionsLine().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        var elapsed = double.Parse(
            ElapsedLine().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        var longest = double.Parse(
            LongestLine().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        return new Slice(transactions, elapsed, longest, buckets);
    }

    private static string Run(
        Stage stage, int port, Credentials credentials, string script, int rows, string[] arguments) =>
        Child.Run("sysbench",
        [
            "sysbench", script, "--db-driver=mysql", "--tables=1", $"--table-size={rows}",
            "--mysql-host=127.0.0.1", $"--mysql-port={port}", $"--mysql-user={credentials.User}",
            $"--mysql-password={credentials.Password}", $"--mysql-db={credentials.Database}", .. arguments,
        ], stage.FileFor("sysbench.log"), stage.Interruption, Patience);

    [GeneratedRegex(@"^ *([\d.]+) \|\**\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex BucketLine();

    [GeneratedRegex(@"transactions: +(\d+)")]
    private static partial Regex TransactionsLine();

    [GeneratedRegex(@"reconnects: +0 ")]
    private static partial Regex NoneReconnected();

    [GeneratedRegex(@"total time: +([\d.]+)s")]
    private static partial Regex ElapsedLine();

    [GeneratedRegex(@"max: +([\d.]+)")]
    private static partial Regex LongestLine();

    /// <param name="Longest">Milliseconds.</param>
    /// <param name="Buckets">Milliseconds, and how many transactions took about that long.</param>
    internal sealed record Slice(
        int Transactions, double Seconds, double Longest,
        IReadOnlyList<(double Milliseconds, int Count)> Buckets);
}
