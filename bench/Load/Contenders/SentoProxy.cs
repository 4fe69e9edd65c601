using System.Globalization;
using Sento.Lab.Servers;
using Sento.Load.Processes;

namespace Sento.Load.Contenders;

/// <summary>Sento as a person would start it, every feature on.</summary>
internal sealed class SentoProxy(Stage stage, string name, string program, int poolSize) : IContender
{
    private readonly ProxyProcess _process = new(stage, name) { Ended = RemoveNames };

    public string Name => name;

    public string Description =>
        $"{Driver}, build of {File.GetLastWriteTimeUtc(program):yyyy-MM-dd HH:mm} UTC";

    /// <summary>The driver of its event loops (SENTO_DRIVER).</summary>
    public string Driver { get; init; } = "epoll";

    public int Port { get; } = Ports.Free();

    public int? ProcessId => _process.ProcessId;

    /// <summary>Makes the runtime write names of compiled methods for a profiler; costs a little.</summary>
    public bool NamesItsMethods { get; init; }

    public void Start()
    {
        if (!File.Exists(program)) throw new BenchFailure($"{program} does not exist");
        string[] command =
        [
            program, "serve", stage.Database.Url, "--listen", $"127.0.0.1:{Port}",
            "--max-connections", poolSize.ToString(CultureInfo.InvariantCulture),
            "--certificate-file", stage.Certificate.CertificatePath,
            "--private-key-file", stage.Certificate.KeyPath,
        ];
        var environment = new Dictionary<string, string> { ["SENTO_DRIVER"] = Driver };
        if (NamesItsMethods)
        {
            environment["DOTNET_PerfMapEnabled"] = "1";
            // Otherwise compiled code lies in a second mapping, where perf does not look for names.
            environment["DOTNET_EnableWriteXorExecute"] = "0";
        }

        _process.Start(Port, command, Signal.Term, environment);
    }

    public void Stop() => _process.Stop();

    public void Dispose() => _process.Dispose();

    /// <summary>Takes away what the runtime wrote for a profiler, where profilers insist on finding it.</summary>
    private static void RemoveNames(int processId)
    {
        File.Delete($"/tmp/perf-{processId}.map");
        File.Delete($"/tmp/perfinfo-{processId}.map");
    }
}
