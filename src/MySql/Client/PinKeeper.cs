using System.Numerics;
using Sento.Base;
using Sento.DataPlane.Protocol;
using Sento.Model;
using Sento.MySql.Pinning;
using Sento.MySql.Server;

namespace Sento.MySql.Client;

/// <summary>Why one client's session is pinned, since when, by which statement, and when that ends.</summary>
internal sealed class PinKeeper(ClientRelay client)
{
    private static readonly (StatementEffects Effect, PinCause Cause)[] Held =
    [
        (StatementEffects.UserVariables, PinCause.UserVariables),
        (StatementEffects.TempTables, PinCause.TempTables),
        (StatementEffects.TableLocks, PinCause.TableLocks),
        (StatementEffects.NamedLocks, PinCause.NamedLocks),
        (StatementEffects.Handlers, PinCause.Handlers),
        (StatementEffects.SqlPrepared, PinCause.SqlPreparedStatement),
        (StatementEffects.Xa, PinCause.XaTransaction),
        (StatementEffects.Identity, PinCause.Role),
        (StatementEffects.OneShotTransaction, PinCause.OneShotTransaction),
        (StatementEffects.CalculatesFoundRows, PinCause.FoundRows),
        (StatementEffects.Opaque, PinCause.UnknownState),
        (StatementEffects.HidesState, PinCause.HiddenState),
    ];

    /// <summary>Effects of a statement that may be the reason for a pin.</summary>
    private static readonly StatementEffects Candidates =
        Held.Aggregate(StatementEffects.Settings | StatementEffects.LiteralVariables
            | StatementEffects.AskedVariables, (all, held) => all | held.Effect);

    private LoopTime _since;
    private string _digest = "";
    private string _noted = "";
    private PinCause _reported;

    public PinCause Causes { get; private set; }

    public bool IsPinned => Causes != PinCause.None;

    public PinFacts Facts => new(Causes.ToString(), _digest, _since, string.Join("; ",
        Enum.GetValues<PinCause>().Where(cause => cause != PinCause.None && Has(cause))
            .Select(cause => PinCauses.EndsWhen(cause) ?? "the session ends")));

    /// <summary>Remembers the statement that may cause a pin, while its text is at hand.</summary>
    public void NoteStatement(StatementTraits traits, ReadOnlySpan<byte> text)
    {
        if (traits.Has(Candidates))
            _noted = StatementFingerprint.Of(text, client.State.Mode);
    }

    /// <summary>It did not run, or a boundary is dealt with: whatever pins next is another's doing.</summary>
    public void ForgetStatement() => _noted = "";

    public bool Has(PinCause cause) => (Causes & cause) != 0;

    public void Add(PinCause cause, ServerSession server)
    {
        if (Has(cause))
            return;
        if (!IsPinned)
            (_since, _digest) = (client.Session.Loop.Now, _noted);
        Causes |= cause;
        server.IsTainted |= cause is PinCause.Role or PinCause.Replication;
        Report(Causes, server);
    }

    /// <summary>PinningRules is RDS, which pins for a statement like this.</summary>
    public bool IsDueByRds(StatementTraits traits, ReadOnlySpan<byte> text) => HasRdsRules
        && RdsRules.Pins(traits, text, client.State.Mode, client.Session.Proxy.Config.TargetGroup
            .ConnectionPoolConfigurationInfo.SessionPinningFilters.Contains("EXCLUDE_VARIABLE_SETS"));

    /// <summary>PinningRules is RDS.</summary>
    public bool HasRdsRules => client.Session.Proxy.Config.PinningRules == PinningRules.Rds;

    /// <param name="text">The statement's, as far as it is at hand.</param>
    public void AddByRds(ReadOnlySpan<byte> text, ServerSession server)
    {
        if (Has(PinCause.RdsRules))
            return;
        _noted = StatementFingerprint.Of(text, client.State.Mode);
        Add(PinCause.RdsRules, server);
    }

    /// <summary>A statement with these effects has been done, or tried.</summary>
    public void Note(StatementEffects effects, ServerSession server)
    {
        foreach (var (effect, cause) in Held)
        {
            if ((effects & effect) != 0)
                Add(cause, server);
        }
        if ((effects & (StatementEffects.Unlock | StatementEffects.TableLocks)) == StatementEffects.Unlock)
            End(PinCause.TableLocks);
    }

    public void End(PinCause cause)
    {
        if (!Has(cause))
            return;
        Causes &= ~cause;
        Report(Causes);
    }

    /// <summary>A reset has ended what can be ended.</summary>
    public void OnReset()
    {
        Causes &= PinCause.SessionMode | PinCause.Role | PinCause.RdsRules;
        Report(Causes);
    }

    /// <summary>The connection is lost, and all that was held with it.</summary>
    public void Clear()
    {
        Causes = PinCause.None;
        Report(Causes);
    }

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
                report.OnPinned(client.Session, server?.Connection, cause.ToString(),
                    PinCauses.Explain(cause),
                    PinCauses.EndsWhen(cause), _noted);
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
