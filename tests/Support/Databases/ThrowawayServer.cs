using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

/// <summary>A database server in a folder of its own, gone with the test run however that ends.</summary>
/// <param name="folderName">How its folder under the run's begins.</param>
public abstract class ThrowawayServer(string folderName) : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "secret";
    public const string Database = "app";

    private GuardedProcess? _process;

    public string Host => "127.0.0.1";

    public int Port { get; } = FreePort.Take();

    /// <summary>Holds the data, the certificate and the Unix socket.</summary>
    public string Folder { get; } = RunFolder.Create(folderName);

    /// <summary>What the server has logged since its last start.</summary>
    public OutputLines Log => Process.Errors;

    public int Pid => Process.Pid;

    protected GuardedProcess Process =>
        _process ?? throw new InvalidOperationException("The server is stopped.");

    /// <summary>As a crash: kill -9 of the server's first process.</summary>
    public Task Kill() => End(Signals.Kill);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (DisposeSignal is { } signal)
                _process.Signal(signal);
            await _process.DisposeAsync();
        }
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Sent before the usual end, which would take too long; null: the usual end will do.</summary>
    protected virtual int? DisposeSignal => null;

    protected async Task Launch(Recipe recipe) => _process = await GuardedProcess.Start(recipe);

    protected async Task End(int signal)
    {
        Process.Signal(signal);
        await Process.WaitForEnd(Eventually.Deadline);
        await Process.DisposeAsync();
        _process = null;
    }

    /// <summary>Does what a new server needs, or leaves nothing of it.</summary>
    protected static async Task<T> Begin<T>(T server, Func<T, Task> begin)
        where T : ThrowawayServer
    {
        try
        {
            await begin(server);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
