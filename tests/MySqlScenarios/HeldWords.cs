using System.Text;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// What a relay does to a proxy's words: those with a text in them, and all behind them on the same
/// connection, wait until they are let go.
/// </summary>
internal sealed class HeldWords : IDisposable
{
    private readonly ManualResetEventSlim _areFree = new();
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile byte[]? _text;

    /// <summary>The text has come.</summary>
    public Task Met => _met.Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>From now on; before, everything passes.</summary>
    public void Await(string text) => _text = Encoding.ASCII.GetBytes(text);

    public void LetGo()
    {
        _text = null;
        _areFree.Set();
    }

    /// <summary>For a relay's ways: of what the server says nothing is held.</summary>
    public Action<Memory<byte>>? On(bool isServers) => isServers ? null : Hold;

    public void Dispose()
    {
        LetGo();
        _areFree.Dispose();
    }

    private void Hold(Memory<byte> piece)
    {
        if (_text is not { } text || piece.Span.IndexOf(text) < 0)
            return;
        _met.TrySetResult();
        _areFree.Wait(TimeSpan.FromSeconds(60));
    }
}
