using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// Answers requests with an error of ours as a server would: the error, then ready at the group's end.
/// </summary>
internal sealed class LocalAnswers
{
    private byte[]? _error;
    private bool _skipsToSync;

    /// <summary>An error waits for the request that it answers.</summary>
    public bool IsDue => _error is not null;

    /// <summary>The next message is ours to answer.</summary>
    public bool IsActive => _error is not null || _skipsToSync;

    /// <summary>The request that waits, or the next one, gets this error.</summary>
    public void Fail(ReadOnlySpan<byte> error) => _error = error.ToArray();

    /// <summary>The error was sent already: what is left of the group is skipped.</summary>
    public void SkipToSync() => _skipsToSync = true;

    /// <summary>Answers one message, which then is to be discarded.</summary>
    public void Answer(byte code, ByteBuffer toClient)
    {
        if (code is ClientCode.CopyData or ClientCode.CopyDone or ClientCode.CopyFail or ClientCode.Flush)
            return;
        // Inside the part that is skipped PostgreSQL does not even answer a Query.
        var endsGroup = code == ClientCode.Sync
            || (!_skipsToSync && code is ClientCode.Query or ClientCode.FunctionCall);
        if (_error is not null)
        {
            toClient.Write(_error);
            _error = null;
            _skipsToSync = true;
        }
        if (!endsGroup)
            return;
        _skipsToSync = false;
        MessageWriter.ReadyForQuery(toClient, (byte)'I');
    }
}
