using Sento.MySql.Pinning;
using Sento.MySql.Replay;
using Sento.MySql.Server;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// One client's SET NAMES: answered from what it did before, or watched so that the next one can be. Loop
/// thread only.
/// </summary>
internal sealed class NamesRelay(ClientRelay client)
{
    private StateSet? _from;
    private string _text = "";
    private byte[]? _changes;

    private KnownNames Known => PoolFacts.Of(client.Pool).KnownNames;

    /// <summary>No server connection is held, and what the text does is known: it is done here.</summary>
    public bool TryAnswer(ReadOnlySpan<byte> text)
    {
        // MariaDB leaves the warnings of the statement before.
        if (client.Server is not null || client.Session.IsWaiting || client.Pins.IsPinned
            || client.Last.HasDiagnostics
            || KnownNames.KeyOf(text) is not { } key
            || !Known.TryGet(client.State.Desired, key, out var result))
            return false;
        client.Note(StatementTraits.Quiet, default);
        client.Last.TakeOk();
        client.State.TakeNames(result.To);
        client.AnswerOk(result.Changes);
        return true;
    }

    /// <summary>It goes to a server, and all that came before it is settled.</summary>
    public void Watch(ReadOnlySpan<byte> text)
    {
        if (client.IsInTransaction || client.Pins.IsPinned || KnownNames.KeyOf(text) is not { } key)
            return;
        (_from, _text, _changes) = (client.State.Desired, key, null);
    }

    /// <summary>
    /// The first is its own: what comes behind it comes behind our question too. One that warns stays the
    /// server's to answer.
    /// </summary>
    public void OnOk(in OkPacket ok)
    {
        if (ok.Warnings > 0 && _changes is null)
            Forget();
        else if (_from is not null)
            _changes ??= ok.Changes.ToArray();
    }

    /// <summary>It has failed, or nobody can say.</summary>
    public void Forget() => _from = null;

    /// <summary>The server was asked what no report tells: now all is known that it has led to.</summary>
    public void OnProbed(StateProbe probe)
    {
        if (_from is not { } from)
            return;
        Forget();
        if (probe.Names is [StateNames.CollationConnection] && _changes is { Length: > 0 } changes
            && !client.Pins.IsPinned)
            Known.Add(from, _text, new(client.State.Desired, changes));
    }
}
