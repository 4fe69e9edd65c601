using Sento.Base;
using Sento.Transport.Epoll;
using Sento.Transport.IoUring;

namespace Sento.Transport;

/// <summary>Which driver the loops of this process use, decided once at the start.</summary>
public sealed class DriverChoice
{
    /// <summary>The environment variable that forces one of <see cref="Names"/>.</summary>
    public const string Variable = "SENTO_DRIVER";

    private readonly Func<ILoopDriver> _create;

    private DriverChoice(string name, string sentence, Func<ILoopDriver> create)
    {
        Name = name;
        Sentence = sentence;
        _create = create;
    }

    public static IReadOnlyList<string> Names { get; } = ["epoll", "io_uring"];

    public static DriverChoice Epoll { get; } =
        new("epoll", "Event loops use epoll.", static () => new EpollDriver());

    public string Name { get; }

    /// <summary>What was chosen, and why, for the log.</summary>
    public string Sentence { get; }

    /// <summary>One for each loop. Any thread.</summary>
    public ILoopDriver Create() => _create();

    /// <param name="wanted">Null, empty or "auto": the best that this machine permits.</param>
    /// <param name="loopCount">How many drivers will be created.</param>
    /// <returns>Null with the reason when what was asked for can't be had.</returns>
    public static DriverChoice? TryMake(string? wanted, int loopCount, out string error) =>
        TryMake(wanted, () => IoUringProbe.FindRefusal(loopCount), out error);

    internal static DriverChoice? TryMake(string? wanted, Func<string?> findRefusal, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(wanted))
            wanted = "auto";
        if (wanted == "epoll")
            return Forced(Epoll);
        if (wanted is not ("auto" or "io_uring"))
        {
            error = $"{Variable}={wanted}: no such driver; say auto, {string.Join(" or ", Names)}.";
            return null;
        }
        var isForced = wanted == "io_uring";
        if (findRefusal() is not { } refusal)
        {
            // What the try-out was given, the loops may be refused a moment later: others have limits too.
            ILoopDriver Open() => IoUringDriver.TryOpen(out _) ?? Epoll.Create();
            var best = new DriverChoice("io_uring", "Event loops use io_uring.", Open);
            return isForced ? Forced(best) : best;
        }
        var why = $"io_uring can't be had: {refusal}";
        if (!isForced)
            return new DriverChoice("epoll", $"Event loops use epoll: {why}.", Epoll._create);
        error = $"{Variable}=io_uring, but {why}. Without {Variable} epoll is used then.";
        return null;
    }

    private static DriverChoice Forced(DriverChoice choice) =>
        new(choice.Name, $"Event loops use {choice.Name}, as {Variable} says.", choice._create);
}
