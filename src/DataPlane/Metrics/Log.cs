using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sento.Model;

namespace Sento.DataPlane.Metrics;

/// <summary>
/// The log of the process: lines go into a bounded queue, one background task writes them out.
/// </summary>
/// <remarks>
/// Any thread may write. Nothing here waits: when the reader of our output is too slow the queue fills, new
/// lines are dropped and counted, and the count is told in a line of its own as soon as there is room.
/// </remarks>
public sealed class Log : IAsyncDisposable
{
    /// <summary>Lines that wait for the writer. At about 200 bytes each: 3 MB at the worst.</summary>
    public const int WaitingLinesMax = 16_384;

    /// <summary>Characters of one message; the rest is cut off.</summary>
    public const int MessageCharactersMax = 8_192;

    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(2);

    private readonly Channel<LogLine> _waiting;
    private readonly Stream _output;
    private readonly TimeProvider _clock;
    private readonly Task _writer;
    private volatile LogLevel _level;
    private volatile LogFormat _format;
    private long _dropped;

    /// <param name="output">Written and flushed once per batch; not closed.</param>
    public Log(
        Stream output, LogFormat format, LogLevel level = LogLevel.Info, TimeProvider? clock = null,
        int waitingLinesMax = WaitingLinesMax)
    {
        _output = output;
        _format = format;
        _level = level;
        _clock = clock ?? TimeProvider.System;
        _waiting = Channel.CreateBounded<LogLine>(
            new BoundedChannelOptions(waitingLinesMax)
            {
                SingleReader = true,
                FullMode = BoundedChannelFullMode.Wait,
            });
        _writer = Task.Run(WriteLinesAsync);
    }

    /// <summary>A log that keeps nothing.</summary>
    public static Log Silent { get; } = new(Stream.Null, LogFormat.Text, LogLevel.Error);

    /// <summary>The lowest level that is written.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    public LogFormat Format
    {
        get => _format;
        set => _format = value;
    }

    /// <summary>Lines lost since the queue was full.</summary>
    public long LinesDropped => Volatile.Read(ref _dropped);

    public bool IsOn(LogLevel level) => level >= _level;

    public void Write(LogLevel level, LogEvent what, in LogScope scope, string message, string? reason = null)
    {
        if (IsOn(level))
            Enqueue(level, what, scope, message, reason);
    }

    public void Write(
        LogLevel level,
        LogEvent what,
        in LogScope scope,
        [InterpolatedStringHandlerArgument("", nameof(level))] ref LogMessage message,
        string? reason = null)
    {
        if (message.IsOn)
            Enqueue(level, what, scope, message.Take(), reason);
    }

    /// <summary>Writes whatever the level: the caller has decided.</summary>
    internal void Enqueue(LogLevel level, LogEvent what, in LogScope scope, string message, string? reason)
    {
        var line = new LogLine(_clock.GetUtcNow().UtcDateTime, level, what, scope, message, reason);
        if (!_waiting.Writer.TryWrite(line))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what waits, but does not wait for a stuck reader of our output.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAny(_writer, Task.Delay(FlushPatience)).ConfigureAwait(false);
    }

    private async Task WriteLinesAsync()
    {
        var text = new LogText();
        long told = 0;
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (text.Bytes.Length < LogText.BatchBytes && _waiting.Reader.TryRead(out var line))
                text.Add(line, _format);
            told = TellDropped(text, told);
            try
            {
                await _output.WriteAsync(text.Bytes).ConfigureAwait(false);
                await _output.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // Whoever read our output has gone. Serving goes on; there is nobody left to tell.
            }
            text.Clear();
        }
    }

    private long TellDropped(LogText text, long told)
    {
        var dropped = LinesDropped;
        if (dropped == told)
            return told;
        var message = $"{dropped - told} log lines were dropped: the reader of the log is too slow.";
        var now = _clock.GetUtcNow().UtcDateTime;
        text.Add(
            new LogLine(now, LogLevel.Warn, LogEvent.LinesDropped, LogScope.Process, message, null), _format);
        return dropped;
    }
}
