namespace Sento.Transport;

/// <summary>How a connection's silent peer is asked whether it is still there: TCP's keep-alive.</summary>
/// <param name="Idle">Seconds of silence before the first question; from 1 to 32,767.</param>
/// <param name="Interval">Seconds between questions that are not answered; the same range.</param>
/// <param name="Count">Unanswered questions after which the system breaks the connection; 1 to 127.</param>
public readonly record struct KeepAlive(int Idle, int Interval, int Count)
{
    private const int SecondsMax = 32_767, CountMax = 127;

    /// <summary>A peer that has not answered for two minutes is gone.</summary>
    public static readonly KeepAlive Strict = new(60, 15, 4);

    /// <summary>
    /// Asks often enough to tell within a time whether the peer answers, but breaks the connection of one
    /// that does not only after another: a function's environment may sleep as long, and know nothing of it.
    /// </summary>
    public static KeepAlive Patient(TimeSpan toldWithin, TimeSpan brokenAfter)
    {
        var idle = Math.Clamp((int)toldWithin.TotalSeconds / 3, 1, 60);
        var bound = (int)Math.Min(Math.Ceiling(brokenAfter.TotalSeconds), SecondsMax * 100.0);
        var interval = Math.Max(idle, (bound + 99) / 100);
        return new KeepAlive(idle, interval, Math.Min((bound + interval - 1) / interval + 1, CountMax));
    }

    internal void SetOn(int descriptor)
    {
        Native.SetOption(descriptor, Native.SOL_SOCKET, Native.SO_KEEPALIVE, 1);
        Native.SetOption(descriptor, Native.IPPROTO_TCP, Native.TCP_KEEPIDLE, Idle);
        Native.SetOption(descriptor, Native.IPPROTO_TCP, Native.TCP_KEEPINTVL, Interval);
        Native.SetOption(descriptor, Native.IPPROTO_TCP, Native.TCP_KEEPCNT, Count);
    }
}
