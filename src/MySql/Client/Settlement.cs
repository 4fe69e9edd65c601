using System.Globalization;
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
    /// <summary>No such variable, or none of sessions.</summary>
    private const int UnknownVariable = 1193, GlobalVariable = 1238;

    private readonly Queue<string> _singly = new();
    private bool _sawTransaction;

    /// <summary>
    /// The last statement failed: what it had changed by then may have been reported to nobody.
    /// </summary>
    public bool HadError { get; set; }

    private ClientState State => client.State;

    private PinKeeper Pins => client.Pins;

    /// <summary>What the client may still ask of its last statement is with this server alone.</summary>
    private bool OwesDiagnostics =>
        client.Last is { HasDiagnostics: true, AreDiagnosticsElsewhere: false, Diagnostics: null };

    /// <summary>A server connection was lent.</summary>
    public void Begin()
    {
        _sawTransaction = false;
        _singly.Clear();
    }

    /// <summary>A reply is complete.</summary>
    /// <param name="wasOneShot">It was a SET TRANSACTION, for one that is still to come.</param>
    public void OnReplied(bool isInTransaction, bool wasOneShot) =>
        _sawTransaction = isInTransaction || (_sawTransaction && !wasOneShot);

    /// <returns>True: the server is being asked, and the lease goes on until it has answered.</returns>
    public bool Settle(ServerSession server)
    {
        if (client.Next.Settle(server))
            _sawTransaction = false;
        var isPlain = (State.Effects & ~StatementEffects.EndsTransaction) == StatementEffects.None
            && !HadError
            && !State.HasUnnamedChange && !State.HasUnreplayable && !State.HasQuestions;
        if (isPlain && (!OwesDiagnostics || Pins.IsPinned) && !IsCodeDue(server))
        {
            EndPassingPins();
            Pins.ForgetStatement();
            return false;
        }
        if (!isPlain)
            NotePins(server);
        if (Ask(server))
            return true;
        if (State.HasUnreplayable)
            Pins.Add(PinCause.UnreplayableSetting, server);
        if (State.Desired.Count > Limits.SettingsPerSessionMax
            || State.Desired.ByteCount > Limits.SettingBytesPerSessionMax)
            Pins.Add(PinCause.TooManySettings, server);
        EndPassingPins();
        EndHeldPins();
        State.Settle();
        Pins.ForgetStatement();
        return false;
    }

    /// <summary>An OK of a question of ours, which may tell what a failed statement has changed.</summary>
    public void OnProbeOk(ServerSession server, in OkPacket ok)
    {
        if (!ReferenceEquals(client.Server, server))
            return;
        State.Take(server, ok);
        client.Agreement.Defer(ok.Changes, isInReply: false);
    }

    public void OnDiagnostics(ServerSession server, DiagnosticsExchange exchange)
    {
        if (!ReferenceEquals(client.Server, server))
            return;
        if (!exchange.IsForReports)
            client.Last.Diagnostics = exchange is { HasFailed: false, Found.IsWhole: true } ? exchange.Found
                : null;
        if (server.IsQuiet)
            client.OnQuiet();
    }

    public void OnProbed(ServerSession server, StateProbe probe)
    {
        if (!ReferenceEquals(client.Server, server))
            return;
        if (!probe.HasFailed && !probe.IsComplete)
            Pins.Add(PinCause.UnknownState, server);
        else if (!probe.HasFailed)
            Take(server, probe);
        else if (probe.Names.Count > 1)
            // One of them is no variable of sessions: which one shows when each is asked for.
            probe.Names.ToList().ForEach(_singly.Enqueue);
        else if (probe.Error!.Code is not (UnknownVariable or GlobalVariable))
            Pins.Add(PinCause.UnknownState, server);
        client.OnQuiet();
    }

    /// <summary>In the middle: what must be known before a state can be left and come back to.</summary>
    /// <returns>True: the server is being asked.</returns>
    public bool AskAhead(ServerSession server) => (State.HasUnknown || IsCodeDue(server)) && Ask(server);

    /// <summary>Before something else of ours runs: what the last statement left is taken along.</summary>
    /// <returns>True: the server is being asked.</returns>
    public bool TakeDiagnostics(ServerSession server)
    {
        if (!OwesDiagnostics)
            return false;
        server.Start(new DiagnosticsExchange(this), server.Connection.Loop.ToServer);
        client.Last.Disturb();
        client.Flush();
        return true;
    }

    private bool Ask(ServerSession server)
    {
        var questions = State.TakeQuestions(HadError);
        if (questions is null && _singly.TryDequeue(out var name))
            questions = [name];
        var wantsCode = IsCodeDue(server);
        var wantsDiagnostics = HadError
            || (OwesDiagnostics && (questions is not null || wantsCode || !Pins.IsPinned));
        if (questions is null && !wantsDiagnostics && !wantsCode)
            return false;
        HadError = false;
        var output = server.Connection.Loop.ToServer;
        Invariant.Holds(output.Length == 0);
        if (wantsDiagnostics)
        {
            server.Start(new DiagnosticsExchange(this)
            {
                IsForReports = client.Last.AreDiagnosticsElsewhere,
            }, output);
        }
        if (questions is not null)
            server.Start(new StateProbe(this, questions), output);
        if (wantsCode)
            server.Start(new CodeExchange(client.Pool, OnCodeRead), output);
        client.Last.Disturb();
        client.Flush();
        return true;
    }

    private void Take(ServerSession server, StateProbe probe)
    {
        State.Take(server, probe);
        client.Names.OnProbed(probe);
        for (var i = 0; i < probe.Names.Count; i++)
        {
            var value = probe.ValueOf(i) ?? "";
            if (StateNames.IsTracking(probe.Names[i]))
            {
                client.Agreement.Follow(probe.Names[i], value);
            }
            else if (probe.Names[i] == StateNames.InsertId
                && ulong.TryParse(value, CultureInfo.InvariantCulture, out var key))
            {
                client.Last.LearnKey(key);
                (server.Key, server.IsKeyInDoubt) = (key, false);
            }
        }
    }

    /// <summary>
    /// Not while something is set, or may be, for the next transaction: the question would be that. Nor in
    /// XA, which may refuse it.
    /// </summary>
    private bool IsCodeDue(ServerSession server) =>
        !Pins.Has(PinCause.OneShotTransaction | PinCause.UnknownState | PinCause.XaTransaction)
        && PoolFacts.Of(client.Pool).Code.IsDue(
            server.Connection.Loop.Now, TargetFacts.Of(client.Pool.Target).CodeGeneration);

    private void OnCodeRead(MySqlServer server)
    {
        if (ReferenceEquals(client.Server, server.Session) && server.Session.IsQuiet)
            client.OnQuiet();
    }

    private void NotePins(ServerSession server)
    {
        Pins.Note(State.Effects, server);
        if (State.HasUnnamedChange)
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

    /// <summary>Pins of what was held by name and has been given up.</summary>
    private void EndHeldPins()
    {
        if (!State.Held.Has(HeldKind.TempTable))
            Pins.End(PinCause.TempTables);
        if (!State.Held.Has(HeldKind.SqlPrepared))
            Pins.End(PinCause.SqlPreparedStatement);
        if (!State.Held.Has(HeldKind.Handler))
            Pins.End(PinCause.Handlers);
        if (State.HasReleasedLocks)
            Pins.End(PinCause.NamedLocks);
    }
}
