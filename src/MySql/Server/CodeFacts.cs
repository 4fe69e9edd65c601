using Sento.Base;
using Sento.MySql.Pinning;

namespace Sento.MySql.Server;

/// <summary>
/// What the user of one pool can read of the server's routines, triggers and views, and whether it is to be
/// read again. Loop thread only.
/// </summary>
/// <remarks>
/// Read at the first sign-in, behind each statement of this proxy that changes code, and every minute, since
/// others may change it; less often where a server of many tables takes long to tell. While it can't be
/// read, under a client's own limits for example, every name is taken to hide something.
/// </remarks>
internal sealed class CodeFacts
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>A question that takes a second is asked again after this many.</summary>
    private const int Rests = 300;

    private TimeSpan _every = Least;
    private LoopTime _askedAt;
    private long _read = -1;

    public HiddenCode Hidden { get; private set; } = HiddenCode.None;

    /// <summary>Nothing has changed since it was read, as far as changes went through us.</summary>
    /// <param name="generation">Of the target's code.</param>
    public bool IsCurrent(long generation) => generation == _read;

    /// <inheritdoc cref="IsCurrent"/>
    public bool IsDue(LoopTime now, long generation) => !IsCurrent(generation) || now - _askedAt >= _every;

    public void OnAsked(LoopTime now) => _askedAt = now;

    /// <param name="generation">When it was asked for.</param>
    /// <param name="hidden">Null: the server did not say.</param>
    /// <returns>True: it is not what it was.</returns>
    public bool OnRead(LoopTime now, long generation, HiddenCode? hidden)
    {
        _read = generation;
        var rest = (now - _askedAt) * Rests;
        _every = hidden is null ? AfterFailure : rest > Least ? rest : Least;
        hidden ??= HiddenCode.Unread;
        if (hidden.IsSame(Hidden))
            return false;
        Hidden = hidden;
        return true;
    }
}
