using System.Numerics;
using Sento.Base;
using Sento.DataPlane.Protocol;
using Sento.Model;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>Why one client's session is pinned, since when, by which statement, and when that ends.</summary>
internal sealed class PinKeeper(ClientRelay client)
{
    private LoopTime _since;
    private string _digest = "";
    private PinCause _reported;

    public PinCause Causes { get; private set; }

    public bool IsPinned => Causes != PinCause.None;

    /// <summary>
    /// Objects were held in this lease, or may have been: the next client gets a scrubbed connection.
    /// </summary>
    public bool WasEverPinned { get; private set; }

    public LoopTime Since => _since;

    /// <summary>The statement that caused it, without its values.</summary>
    public string Digest => _digest;

    public PinFacts Facts => new(Causes.ToString(), _digest, _since, string.Join("; ",
        Enum.GetValues<PinCause>().Where(cause => cause != PinCause.None && Has(cause))
            .Select(cause => PinCauses.EndsWhen(cause) ?? "the session ends")));

    public bool Has(PinCause cause) => (Causes & cause) != 0;

    /// <summary>Remembers the statement that may cause a pin, while its text is at hand.</summary>
    public void NoteStatement(ReadOnlySpan<byte> text) => _digest = StatementFingerprint.Of(text).Digest;

    public void Add(PinCause cause, ServerSession server)
    {
        if (Has(cause))
            return;
        if (!IsPinned)
            _since = client.Session.Loop.Now;
        Causes |= cause;
        WasEverPinned = true;
        Report(Causes, server);
    }

    /// <summary>PinningRules is RDS, which pins for a statement like this.</summary>
    public bool IsDueByRds(StatementTraits traits, int textBytes) =>
        client.Session.Proxy.Config.PinningRules == PinningRules.Rds
        && RdsRules.PinReasonFor(traits, textBytes) is not null;

    public void AddByRds(ReadOnlySpan<byte> text, ServerSession server)
    {
        if (Has(PinCause.RdsRules))
            return;
        NoteStatement(text);
        Add(PinCause.RdsRules, server);
    }

    /// <summary>Adds the cause, or ends it.</summary>
    public void Set(PinCause cause, bool isHeld, ServerSession server)
    {
        if (isHeld)
        {
            Add(cause, server);
            return;
        }
        Causes &= ~cause;
        Report(Causes, server);
    }

    /// <summary>The cause is gone.</summary>
    public void Remove(PinCause cause)
    {
        if (!Has(cause))
            return;
        Causes &= ~cause;
        Report(Causes);
    }

    /// <summary>Effects that no probe can see the end of.</summary>
    public void NoteUnprobed(StatementEffects effects, ServerSession server)
    {
        if ((effects & StatementEffects.Load) != 0)
            Add(PinCause.LoadedLibrary, server);
        if ((effects & StatementEffects.SetSeed) != 0)
            Add(PinCause.RandomSeed, server);
        if ((effects & StatementEffects.TempSlot) != 0)
            Add(PinCause.ReplicationSlot, server);
        if (client.State.HasTooManyNames || client.State.Desired.Count > Limits.SettingsPerSessionMax
            || client.State.Desired.ByteCount > Limits.SettingBytesPerSessionMax)
            Add(PinCause.TooManySettings, server);
    }

    /// <summary>What the server says the session holds now.</summary>
    public void Take(StateProbe probe, ServerSession server)
    {
        if (!probe.HasFailed && probe.AsksObjects)
        {
            var held = PinCause.None;
            if (probe.TempObjects > 0) held |= PinCause.TempObjects;
            if (probe.AdvisoryLocks > 0) held |= PinCause.AdvisoryLocks;
            if (probe.HeldCursors > 0) held |= PinCause.HeldCursors;
            if (probe.Channels > 0) held |= Causes & PinCause.Listening;
            if (held != PinCause.None && !IsPinned)
                _since = client.Session.Loop.Now;
            Causes = (Causes & ~PinCauses.Probed) | held;
            WasEverPinned |= held != PinCause.None;
        }
        Report(Causes, server);
    }

    /// <summary>DISCARD ALL has ended what can be ended.</summary>
    public void OnDiscardAll()
    {
        Causes &= PinCauses.Unremovable | PinCause.RdsRules | PinCause.SessionMode;
        Report(Causes);
    }

    /// <summary>The connection is lost, and all that was held with it.</summary>
    public void Clear()
    {
        Causes &= PinCause.SessionMode;
        Report(Causes);
        Causes = PinCause.None;
        WasEverPinned = false;
    }

    /// <summary>The lease is over.</summary>
    public void OnReleased() => WasEverPinned = false;

    /// <summary>One log line for each cause that came or went.</summary>
    public void Report(PinCause now, ServerSession? server = null)
    {
        server ??= client.Server;
        var report = client.Session.Proxy.Report;
        for (var changed = (uint)(now ^ _reported); changed != 0; changed &= changed - 1)
        {
            var cause = (PinCause)(1 << BitOperations.TrailingZeroCount(changed));
            if ((now & cause) != 0)
            {
                report.OnPinned(
                    client.Session, server?.Connection, cause.ToString(), PinCauses.Explain(cause),
                    PinCauses.EndsWhen(cause), _digest);
            }
            else
            {
                report.OnUnpinned(
                    client.Session, server?.Connection, cause.ToString(), client.Session.Loop.Now - _since);
            }
        }
        _reported = now;
    }
}
