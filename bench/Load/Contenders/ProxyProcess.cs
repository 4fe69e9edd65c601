using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>The running process of a proxy: started, watched until it serves, ended.</summary>
internal sealed class ProxyProcess(Stage stage, string name) : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private Child? _child;

    public int? ProcessId => _child?.Id;

    /// <summary>Called with its process id once it has ended.</summary>
    public Action<int>? Ended { get; init; }

    public void Start(
        int port, IReadOnlyList<string> command, Signal stopSignal,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        Stop();
        _child = Child.Start(
            name, command, stage.FileFor(name.ToLowerInvariant().Replace(' ', '-') + ".log"), stopSignal,
            environment: environment);
        if (!stage.Interruption.WaitFor(() => _child.HasEnded || Serves(port), StartPatience))
            Fail($"{name} serves nobody after {StartPatience.TotalSeconds:0} s");
        if (_child.HasEnded) Fail($"{name} ended at start");
    }

    public void Stop()
    {
        if (_child is null) return;
        var processId = _child.Id;
        _child.Dispose();
        _child = null;
        Ended?.Invoke(processId);
    }

    public void Dispose() => Stop();

    private bool Serves(int port)
    {
        try
        {
            using var client = stage.Database.SignIn(port);
            client.Query("select 1");
            return true;
        }
        catch (BenchFailure)
        {
            return false; // Not yet; the caller has a deadline.
        }
    }

    private void Fail(string message)
    {
        var words = _child!.LastWords();
        Stop();
        throw new BenchFailure($"{message}: {words}");
    }
}
