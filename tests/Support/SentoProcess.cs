using System.Globalization;
using System.Net.Http;
using System.Net.Sockets;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Support;

/// <summary>
/// How to start the proxy: from a target's address, or from the text of a configuration file.
/// </summary>
public sealed record SentoOptions
{
    /// <summary>As on the command line: <c>postgresql://app:secret@127.0.0.1:5432/app</c>.</summary>
    public string? TargetUrl { get; init; }

    /// <summary>
    /// A whole configuration. <c>{listen}</c>, <c>{admin}</c> and <c>{folder}</c> stand for the addresses
    /// that the process is to use and for its own folder.
    /// </summary>
    public string? Configuration { get; init; }

    /// <summary>Null: the proxy's own default. Only with <see cref="TargetUrl"/>.</summary>
    public int? ConnectionsMax { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string?> Environment { get; init; } =
        new Dictionary<string, string?>();
}

/// <summary>
/// The proxy as its users run it: the built program in a process of its own, on a free port.
/// </summary>
public sealed class SentoProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = Eventually.Deadline };

    private readonly GuardedProcess _process;
    private readonly string _folder;

    private SentoProcess(GuardedProcess process, string folder, int port, int adminPort)
    {
        _process = process;
        _folder = folder;
        Port = port;
        AdminPort = adminPort;
    }

    public string Host => "127.0.0.1";

    public int Port { get; }

    public int AdminPort { get; }

    public int Pid => _process.Pid;

    public bool HasEnded => _process.HasEnded;

    /// <summary>Memory that the process has.</summary>
    public long ResidentBytes => 1024 * long.Parse(
        File.ReadLines($"/proc/{Pid}/status")
            .First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ')[^2],
        CultureInfo.InvariantCulture);

    /// <summary>What the process wrote to either output.</summary>
    public string Log => $"{_process.Output.Text}\n{_process.Errors.Text}";

    /// <summary>Its own folder: {folder} in a configuration.</summary>
    public string Folder => _folder;

    public string ConfigurationFile => Path.Combine(_folder, "sento.yaml");

    /// <summary>Returns once clients are accepted.</summary>
    public static async Task<SentoProcess> Start(SentoOptions options)
    {
        var folder = RunFolder.Create("sento");
        var port = FreePort.Take();
        var adminPort = FreePort.Take();
        var listen = $"127.0.0.1:{port}";
        var admin = $"127.0.0.1:{adminPort}";
        List<string> arguments = [SourceTree.SentoProgram, "serve"];
        if (options.Configuration is { } configuration)
        {
            var file = Path.Combine(folder, "sento.yaml");
            await File.WriteAllTextAsync(file, Fill(configuration, listen, admin, folder));
            arguments.AddRange(["--config", file]);
        }
        else
        {
            var target = options.TargetUrl ?? throw new ArgumentException("No target, no configuration.");
            arguments.AddRange([target, "--listen", listen, "--admin", admin]);
            if (options.ConnectionsMax is { } max)
                arguments.AddRange(["--max-connections", max.ToString(CultureInfo.InvariantCulture)]);
        }
        arguments.AddRange(options.Arguments);

        var process = await GuardedProcess.Start(new Recipe("dotnet", [.. arguments])
        {
            WorkingFolder = folder,
            Environment = options.Environment,
        });
        var sento = new SentoProcess(process, folder, port, adminPort);
        try
        {
            await Eventually.Holds(sento.Accepts);
            return sento;
        }
        catch (TimeoutException)
        {
            var log = sento.Log;
            await sento.DisposeAsync();
            throw new InvalidOperationException($"The proxy does not accept clients on {listen}.\n{log}");
        }
    }

    public ServerDoor Door(string user = "app", string password = "secret", string database = "app") =>
        new(Host, Port, user, password, database);

    /// <summary>For Npgsql, without its pool.</summary>
    public string ConnectionString(
        string user = "app", string password = "secret", string database = "app") =>
        $"Host={Host};Port={Port};Username={user};Password={password};Database={database};"
        + "Pooling=false;Timeout=30";

    /// <summary>Counters and gauges as they are now.</summary>
    public async Task<MetricsPage> Metrics() => MetricsPage.Read((await Admin("/metrics")).Text);

    /// <summary>
    /// A page of the administration listener, for example <c>/health</c>, whatever its status code.
    /// </summary>
    public async Task<(int Status, string Text)> Admin(string path)
    {
        // Clients are served before the administration listens: the first question may come too early.
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tries = 300; ; tries--)
        {
            try
            {
                using var reply = await Http.GetAsync(new Uri($"http://{Host}:{AdminPort}{path}"));
                return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
            }
            catch (HttpRequestException) when (tries > 0)
            {
                await pause.WaitForNextTickAsync();
            }
        }
    }

    /// <summary>Writes another configuration and asks the process to read it.</summary>
    public async Task Reload(string configuration)
    {
        var text = Fill(configuration, $"127.0.0.1:{Port}", $"127.0.0.1:{AdminPort}", _folder);
        await File.WriteAllTextAsync(ConfigurationFile, text);
        _process.Signal(Signals.HangUp);
    }

    /// <summary>The first line of the log that contains this text, said already or still to come.</summary>
    public async Task<string> WaitForLog(string text, TimeSpan? deadline = null)
    {
        var output = _process.Output.WaitFor(line => line.Contains(text, StringComparison.Ordinal), deadline);
        var errors = _process.Errors.WaitFor(line => line.Contains(text, StringComparison.Ordinal), deadline);
        return await await Task.WhenAny(output, errors);
    }

    public bool Signal(int signal) => _process.Signal(signal);

    /// <summary>SIGTERM: no new clients, open transactions may finish. Returns at once.</summary>
    public void Drain() => _process.Signal(Signals.Terminate);

    public Task<int> WaitForEnd(TimeSpan? deadline = null) =>
        _process.WaitForEnd(deadline ?? Eventually.Deadline);

    public async ValueTask DisposeAsync()
    {
        // Tests that left transactions open do not want to wait for a drain.
        _process.Signal(Signals.Kill);
        await _process.DisposeAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static string Fill(string text, string listen, string admin, string folder) => text
        .Replace("{listen}", listen, StringComparison.Ordinal)
        .Replace("{admin}", admin, StringComparison.Ordinal)
        .Replace("{folder}", folder, StringComparison.Ordinal);

    private async Task<bool> Accepts()
    {
        if (HasEnded)
            throw new InvalidOperationException($"The proxy ended at its start.\n{Log}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
