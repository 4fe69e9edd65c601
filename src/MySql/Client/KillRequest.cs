using Sento.Base;
using Sento.DataPlane.Session;
using Sento.MySql.Server;
using Sento.MySql.Wire;
using Sento.Transport;

namespace Sento.MySql.Client;

/// <summary>
/// KILL by its text or command, on the numbers that our greetings told. Its client hears what has become of
/// it, after <see cref="KillConnection.Patience"/> at the latest, and its next command waits until then. Loop
/// thread only.
/// </summary>
internal sealed class KillRequest : ITimerOwner
{
    private readonly ClientRelay _killer;
    private readonly LoopTimer _timer;
    private bool _isPending;
    private bool _isDone;
    private string? _fault;

    private KillRequest(ClientRelay killer)
    {
        _killer = killer;
        _timer = new LoopTimer(this);
    }

    public static void Begin(MySqlClient killer, uint target, bool isQueryOnly)
    {
        var relay = killer.Relay!;
        var other = killer.Protocol.Find(target);
        if (other is null || !other.Session.IsSignedIn)
        {
            relay.Answer(new ErrPacket(1094, "HY000", $"Unknown thread id: {target}"));
            return;
        }
        if (other.Session.User != killer.Session.User)
        {
            relay.Answer(new ErrPacket(1095, "HY000", $"You are not owner of thread {target}"));
            return;
        }
        if (ReferenceEquals(other, killer))
        {
            relay.Answer(Errors.Interrupted);
            if (!isQueryOnly)
                killer.Session.Loop.Post(() => killer.Session.End(Ended));
            return;
        }
        if (!isQueryOnly)
            relay.AnswerOk();
        // Whatever the other's end sets going must not find what is ours.
        relay.Flush();
        if (isQueryOnly)
            new KillRequest(relay).EndStatement(other.Relay);
        else
            other.Session.End(Ended);
    }

    private static Goodbye Ended => new(EndReason.ClientTerminated, "");

    void ITimerOwner.OnTimer(LoopTimer timer) =>
        OnDone($"the server has not answered it within {KillConnection.Patience.TotalSeconds:0} s");

    private void EndStatement(ClientRelay? victim)
    {
        if (victim is null)
            OnDone(null);
        else
            victim.LateKill.Cancel(OnDone);
        if (_isDone)
        {
            Answer();
            return;
        }
        _isPending = true;
        _killer.Kill = this;
        _killer.Session.Loop.Timers.Arm(_timer, _killer.Session.Loop.Now + KillConnection.Patience);
    }

    private void OnDone(string? fault)
    {
        if (_isDone)
            return;
        (_isDone, _fault) = (true, fault);
        if (!_isPending)
            return;
        _killer.Session.Loop.Timers.Disarm(_timer);
        // Somebody else's bytes may be in the making.
        _killer.Session.Loop.Post(Finish);
    }

    private void Finish()
    {
        _killer.Kill = null;
        if (_killer.Session.IsEnded)
            return;
        Answer();
        _killer.Flush();
        _killer.OnQuiet();
    }

    private void Answer()
    {
        if (_fault is null)
            _killer.AnswerOk();
        else
            _killer.Answer(Errors.NotKilled(_fault));
    }
}
