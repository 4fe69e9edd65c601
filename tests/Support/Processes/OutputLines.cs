namespace Sento.Tests.Support.Processes;

/// <summary>What a program has said so far, line by line. Any thread.</summary>
public sealed class OutputLines
{
    /// <summary>
    /// A server that logs without end must not fill the test run's memory: the oldest lines go first.
    /// </summary>
    private const int LinesMax = 20_000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly List<Waiter> _waiters = [];

    public string Text
    {
        get
        {
            lock (_lock)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>The first line for which this is true, of those said already or still to come.</summary>
    public async Task<string> WaitFor(Predicate<string> isWanted, TimeSpan? deadline = null)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_lines.FirstOrDefault(line => isWanted(line)) is { } found)
                return found;
            waiter = new Waiter(isWanted);
            _waiters.Add(waiter);
        }
        return await waiter.Line.Task.WaitAsync(deadline ?? Eventually.Deadline);
    }

    /// <summary>The first line for which this is true, of those that are said from now on.</summary>
    public Task<string> Next(Predicate<string> isWanted)
    {
        var waiter = new Waiter(isWanted);
        lock (_lock)
            _waiters.Add(waiter);
        return waiter.Line.Task;
    }

    internal void Add(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesMax)
                _lines.Dequeue();
            _waiters.RemoveAll(waiter => waiter.Hears(line));
        }
    }

    private sealed class Waiter(Predicate<string> isWanted)
    {
        public TaskCompletionSource<string> Line { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Hears(string line) => isWanted(line) && Line.TrySetResult(line);
    }
}
