using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Sento.Lab.Engines;
using Sento.Lab.Measures;
using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>A proxy before the database, started for one arm and ended with it.</summary>
internal sealed class ProxyRoad : IAsyncDisposable
{
    /// <summary>Where Sento is told to look for the password.</summary>
    public const string PasswordVariable = "SENTO_LAB_PASSWORD";

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
    public static async Task<ProxyRoad> StartSentoAsync(LabStage stage, Arm arm, int poolSize)
    {
        var port = Ports.Free();
        IReadOnlyList<string> how = SentoFiles.AreNeeded(stage.Plan)
            ? ["--config", await SentoFiles.WriteAsync(stage, arm, port, poolSize)]
            : ByOptions(stage, arm, port, poolSize);
        return await StartAsync(port, ChildProgram.Terminate, stage.Lifeline.Start(
            [.. stage.Program, "serve", .. how], ChildProgram.Terminate,
            new Dictionary<string, string> { [PasswordVariable] = stage.Database.Password }));
    }

    /// <summary>PgBouncer in transaction mode, its defaults otherwise.</summary>
    public static async Task<ProxyRoad> StartPgBouncerAsync(LabStage stage, int poolSize)
    {
        var program = stage.PgBouncer ?? throw new LabFault(
            "PgBouncer is not installed (apt-get install pgbouncer), so this arm did not run");
        var port = Ports.Free();
        var users = stage.FileFor("pgbouncer.users");
        var settings = stage.FileFor("pgbouncer.ini");
        var verifier = await ServerCounters.VerifierAsync(stage);
        await File.WriteAllTextAsync(users, PgBouncerSettings.UserLine(stage.Database.User, verifier));
        await File.WriteAllTextAsync(settings, new PgBouncerSettings(
            stage.Database.Database, stage.Database.Port, port, users, ServerUser.Name, poolSize)
        {
            ServerHost = stage.Database.Host,
            More = PgBouncerTls(stage),
        }.Text);
        return await StartAsync(
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

    private static string[] ByOptions(LabStage stage, Arm arm, int port, int poolSize)
    {
        var (user, database) = (Uri.EscapeDataString(stage.Database.User), stage.Database.Database);
        var scheme = stage.Plan.Engine == Engine.Postgres ? "postgresql" : "mysql";
        // Over a Unix socket nobody speaks TLS; what the URL said of it holds for the proxy too.
        var tls = stage.Database.HasTls ? "require" : "disable";
        var target = $"{scheme}://{user}@{stage.Database.Host}:{stage.Database.Port}/"
            + $"{Uri.EscapeDataString(database)}?sslmode={tls}";
        string[] certificate = stage.Certificate is { } files
            ? ["--certificate-file", files.CertificatePath, "--private-key-file", files.KeyPath]
            : [];
        string[] rules = arm.HasRdsRules ? ["--pinning-rules", "RDS"] : [];
        string[] patience = arm.BorrowSeconds is { } seconds
            ? ["--connection-borrow-timeout", seconds.ToString(CultureInfo.InvariantCulture)]
            : [];
        return
        [
            target, "--password", $"env:{PasswordVariable}", "--listen", $"127.0.0.1:{port}",
            "--max-connections", poolSize.ToString(CultureInfo.InvariantCulture), .. certificate, .. rules,
            .. patience,
        ];
    }

    private static string PgBouncerTls(LabStage stage)
    {
        var server = stage.Database.HasTls ? "server_tls_sslmode = require\n" : "";
        return stage.Certificate is { } files
            ? $"""
                {server}client_tls_sslmode = require
                client_tls_cert_file = {files.CertificatePath}
                client_tls_key_file = {files.KeyPath}
                """
            : server;
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
