using System.Buffers.Text;

namespace Sento.Load.Measures;

/// <summary>
/// The transactions of some time windows, out of pgbench's log (one line each: client, number, latency in µs,
/// script, and when it ended in seconds and µs since 1970; pgbench 15, Per-Transaction Logging).
/// </summary>
internal sealed class TransactionLog
{
    private const int LineBytesMax = 200;

    private readonly List<int> _latencies = [];
    private readonly IReadOnlyList<Window> _windows;
    private int _windowIndex;

    private TransactionLog(IReadOnlyList<Window> windows) => _windows = windows;

    /// <summary>Transactions that ended in one of the windows.</summary>
    public int Count { get; private set; }

    public double PerSecond => Count / _windows.Sum(window => window.Seconds);

    public static TransactionLog Read(string path, IReadOnlyList<Window> windows)
    {
        var log = new TransactionLog(windows);
        var rest = File.ReadAllBytes(path).AsSpan();
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            log.Take(rest[..end]);
            rest = rest[(end + 1)..];
        }

        if (log._latencies.Count == 0) throw new BenchFailure("no transaction began and ended in a window");
        log._latencies.Sort();
        return log;
    }

    /// <summary>When the last transaction ended that the log tells of so far; null: of none yet.</summary>
    public static DateTime? EndOf(string path)
    {
        if (!File.Exists(path)) return null;
        using var file = File.OpenRead(path);
        file.Seek(-Math.Min(file.Length, 2 * LineBytesMax), SeekOrigin.End);
        Span<byte> tail = stackalloc byte[2 * LineBytesMax];
        tail = tail[..file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false)];

        // The last line may be cut short: pgbench writes in blocks.
        tail = tail[..(tail.LastIndexOf((byte)'\n') + 1)];
        if (tail.Length == 0) return null;
        var lines = tail[..^1];
        return Parse(lines[(lines.LastIndexOf((byte)'\n') + 1)..]).Ended;
    }

    /// <summary>
    /// The latency in milliseconds that this share of transactions did not exceed. Those that were under way
    /// when a window began waited for pgbench, not for the proxy: they do not count here.
    /// </summary>
    public double Percentile(double share)
    {
        var index = (int)Math.Ceiling(share * _latencies.Count) - 1;
        return _latencies[Math.Clamp(index, 0, _latencies.Count - 1)] / 1000.0;
    }

    /// <summary>In milliseconds, of the same transactions.</summary>
    public double Mean => _latencies.Average() / 1000.0;

    private void Take(ReadOnlySpan<byte> line)
    {
        var (latency, ended) = Parse(line);
        while (_windowIndex < _windows.Count && ended >= _windows[_windowIndex].Until) _windowIndex++;
        if (_windowIndex == _windows.Count || ended < _windows[_windowIndex].From) return;
        Count++;
        if (ended.AddMicroseconds(-latency) >= _windows[_windowIndex].From) _latencies.Add(latency);
    }

    private static (int Latency, DateTime Ended) Parse(ReadOnlySpan<byte> line)
    {
        Span<long> fields = stackalloc long[6];
        for (var index = 0; index < fields.Length; index++)
        {
            if (!Utf8Parser.TryParse(line, out fields[index], out int length))
                throw new BenchFailure("pgbench's log has a line that is not understood");
            line = line[Math.Min(length + 1, line.Length)..];
        }

        return ((int)fields[2], DateTime.UnixEpoch.AddSeconds(fields[4]).AddMicroseconds(fields[5]));
    }
}
