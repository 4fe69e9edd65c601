using Sento.Base;
using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// At a boundary: what the client's statements have changed, as far as reports tell it; the rest is asked,
/// or pins. Loop thread only.
/// </summary>
internal sealed class Settlement(ClientRelay client)
{
    private bool _sawTransaction;

    /// <summary>
    /// The last statement failed: what it had changed by then may have been reported to nobody.
    /// </summary>
    public bool HadError { get; set; }

    private ClientState State => client.State;

    private PinKeeper Pins => client.Pins;

    /// <summary>A server connection was lent.</summary>
    public void Begin() => _sawTransaction = false;

    /// <summary>A reply is complete.</summary>
    public void OnReplied(bool isInTransaction) => _sawTransaction |= isInTransaction;

    /// <returns>True: the server is being asked, and the lease goes on until it has answered.</returns>
    public bool Settle(ServerSession server)
    {
        if (State.Effects == StatementEffects.None && !HadError && !State.HasUnnamedChange
            && !State.HasUnreplayable && !server.OwesTracking && !State.HasQuestions)
        {
            EndPassingPins();
            return false;
        }
        NotePins(server);
        var questions = State.TakeQuestions(HadError);
        if (questions is not null || HadError)
        {
            HadError = false;
            server.StartNow(new StateProbe(this, questions ?? []));
            return true;
        }
        if (State.HasUnreplayable)
            Pins.Add(PinCause.UnreplayableSetting, server);
        if (State.Desired.Count > Limits.SettingsPerSessionMax
            || State.Desired.ByteCount > Limits.SettingBytesPerSessionMax)
            Pins.Add(PinCause.TooManySettings, server);
        EndPassingPins();
        State.Settle();
        return false;
    }

    /// <summary>An OK of a question of ours, which may tell what a failed statement has changed.</summary>
    public void OnProbeOk(ServerSession server, in OkPacket ok)
    {
        if (ReferenceEquals(client.Server, server))
            State.Take(server, ok);
    }

    public void OnProbed(ServerSession server, StateProbe probe)
    {
        if (!ReferenceEquals(client.Server, server))
            return;
        if (probe.HasFailed)
            Pins.Add(PinCause.UnknownState, server);
        else
            State.Take(server, probe);
        client.Last.Disturb(probe.Names.Count > 0);
        client.OnQuiet();
    }

    private void NotePins(ServerSession server)
    {
        if ((State.Effects & StatementEffects.OneShotTransaction) != 0
            && !Pins.Has(PinCause.OneShotTransaction))
            _sawTransaction = server.IsInTransaction;
        Pins.Note(State.Effects, server);
        if (State.HasUnnamedChange && (State.Effects & PinKeeper.Explaining) == 0)
            Pins.Add(PinCause.UnknownState, server);
    }

    /// <summary>Pins that end by themselves with what comes next.</summary>
    private void EndPassingPins()
    {
        if (_sawTransaction)
            Pins.End(PinCause.OneShotTransaction);
        if ((State.Effects & StatementEffects.CalculatesFoundRows) == 0)
            Pins.End(PinCause.FoundRows);
    }
}
