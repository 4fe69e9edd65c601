using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>A proxy before the database, started for one arm and ended with it.</summary>
internal sealed class ProxyRoad : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly int _stopSignal;
    private readonly Task<string> _words;

    private ProxyRoad(Process process, int port, int stopSignal)
    {
        _process = process;
        _stopSignal = stopSignal;
        Port = port;
        _process.StandardInput.Close();
        _words = LastWordsAsync(process);
    }

    public int Port { get; }

    public int ProcessId => _process.Id;

    /// <summary>Sento as anybody would start it, with the arm's pinning rules.</summary>
    public static Task<ProxyRoad> StartSentoAsync(LabStage stage, Arm arm, int poolSize)
    {
        var port = Ports.Free();
        var target = $"postgresql://{ThrowawayServer.User}@127.0.0.1:{stage.Server.Port}"
            + $"/{ThrowawayServer.Database}";
        string[] rules = arm.HasRdsRules ? ["--pinning-rules", "RDS"] : [];
        return StartAsync(port, ChildProgram.Terminate, stage.Lifeline.Start(
            [
                .. stage.Program, "serve", target, "--password", "env:SENTO_LAB_PASSWORD",
                "--listen", $"127.0.0.1:{port}",
                "--max-connections", poolSize.ToString(CultureInfo.InvariantCulture), .. rules,
            ], ChildProgram.Terminate,
            new Dictionary<string, string> { ["SENTO_LAB_PASSWORD"] = stage.Server.Password }));
    }

    /// <summary>PgBouncer in transaction mode, its defaults otherwise.</summary>
    public static Task<ProxyRoad> StartPgBouncerAsync(LabStage stage, string verifier, int poolSize)
    {
        var program = stage.PgBouncer ?? throw new LabFault(
            "PgBouncer is not installed (apt-get install pgbouncer), so this arm did not run");
        var port = Ports.Free();
        var users = stage.FileFor("pgbouncer.users");
        var settings = stage.FileFor("pgbouncer.ini");
        File.WriteAllText(users, PgBouncerSettings.UserLine(ThrowawayServer.User, verifier));
        File.WriteAllText(settings, new PgBouncerSettings(
            ThrowawayServer.Database, stage.Server.Port, port, users, ServerUser.Name, poolSize).Text);
        return StartAsync(
            port, ChildProgram.Quit,
            stage.Lifeline.Start([program, "--quiet", settings], ChildProgram.Quit));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            ChildProgram.Signal(_process.Id, _stopSignal);
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(StopPatience));
        if (!_process.HasExited)
            _process.Kill();
        await Task.WhenAny(_words, Task.Delay(StopPatience));
        _process.Dispose();
    }

    private static async Task<ProxyRoad> StartAsync(int port, int stopSignal, Process process)
    {
        var road = new ProxyRoad(process, port, stopSignal);
        var begun = Stopwatch.StartNew();
        while (!await ListensAsync(port))
        {
            if (process.HasExited || begun.Elapsed > StartPatience)
            {
                var words = process.HasExited ? await road._words : "it does not listen";
                await road.DisposeAsync();
                throw new LabFault($"the proxy did not start: {words}");
            }
            await Task.Delay(AskAgain);
        }
        return road;
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads both outputs to their ends, so that nobody waits for a full pipe.</summary>
    private static async Task<string> LastWordsAsync(Process process)
    {
        var last = new string[1] { "it said nothing" };
        await Task.WhenAll(Read(process.StandardOutput), Read(process.StandardError));
        return last[0];

        async Task Read(StreamReader from)
        {
            while (await from.ReadLineAsync() is { } line)
                last[0] = line;
        }
    }
}
