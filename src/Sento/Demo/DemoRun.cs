using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using Sento.DataPlane.Metrics;
using Sento.Host.Commands;
using Sento.Host.Configuration;
using Sento.Lab;
using Sento.Lab.Servers;
using Sento.Model;

namespace Sento.Host.Demo;

/// <summary>The demonstration: a throwaway server, the proxy before it, and lines to paste.</summary>
internal sealed class DemoRun(TextWriter output, ChannelReader<Signal> signals)
{
    private const int ServerConnections = 5;
    private const int UsualPort = 6432;
    private const int UsualAdminPort = 8080;

    public async Task<int> RunAsync(RuntimeFactory createRuntime)
    {
        try
        {
            await StaleServers.RemoveAsync(output);
            var programs = PostgresInstallation.Find() ?? await PostgresInstallation.InstallAsync(output);
            var password = RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 16);
            await output.WriteLineAsync("Starting a throwaway PostgreSQL server ...");
            await using var server = await ThrowawayServer.StartAsync(
                programs, password, FreePort(), ["max_connections=20", "fsync=off"]);
            if (WasStopped())
                return ExitCode.Good;
            return await ServeAsync(createRuntime, programs, server, password);
        }
        catch (LabFault fault)
        {
            // Ctrl-C reaches the programs that we run too: their ends are then what was wanted.
            if (WasStopped())
                return ExitCode.Good;
            await output.WriteLineAsync(fault.Message);
            return ExitCode.Fault;
        }
    }

    private async Task<int> ServeAsync(
        RuntimeFactory createRuntime, PostgresInstallation programs, ThrowawayServer server, string password)
    {
        var port = FreePort(UsualPort);
        var admin = FreePort(UsualAdminPort);
        var account = $"{ThrowawayServer.User}:{password}";
        var line = new CommandLine(
            $"postgresql://{account}@127.0.0.1:{server.Port}/{ThrowawayServer.Database}",
            [$"127.0.0.1:{port}"], null,
            ImmutableDictionary<string, string>.Empty.Add(
                "MaxConnections", ServerConnections.ToString(CultureInfo.InvariantCulture)));
        var source = new ConfigurationSource("sento demo", () => CommandLineConfiguration.Read(line))
            .With(snapshot => snapshot with { Admin = new AdminConfig { Listen = $"127.0.0.1:{admin}" } });
        var url = $"postgresql://{account}@127.0.0.1:{port}/{ThrowawayServer.Database}";
        int code;
        await using (var log = new Log(Console.OpenStandardOutput(), LogFormat.Text))
        {
            var life = new Lifecycle(source, log, Composition.CreateMetrics(), signals)
            {
                Started = _ => output.WriteLine(Banner(programs, server, url, admin)),
            };
            code = await life.RunAsync(createRuntime, output);
        }
        await output.WriteLineAsync("Stopping the server and removing its folder.");
        return code;
    }

    private static string Banner(PostgresInstallation programs, ThrowawayServer server, string url, int admin)
    {
        var psql = NameToPaste(programs, "psql");
        var pgbench = NameToPaste(programs, "pgbench");
        return $"""

            Sento is in front of a throwaway PostgreSQL (port {server.Port}, folder {server.Folder}).
            It opens at most {ServerConnections} server connections, however many clients come.
            Paste into another terminal:

              {psql} {url}

            200 clients on {ServerConnections} connections:

              {pgbench} -i -q {url}
              {pgbench} -c 200 -j 2 -T 10 -S -M prepared {url}

            What is going on:

              curl http://127.0.0.1:{admin}/metrics      also /health /clients /servers /pins

            Ctrl-C stops everything and removes the folder.

            """;
    }

    private static string NameToPaste(PostgresInstallation programs, string name) =>
        ChildProgram.Find(name) is not null ? name : programs.Program(name);

    private bool WasStopped() => signals.TryPeek(out var signal) && signal == Signal.Stop;

    /// <summary>The wanted port when nobody has it, else one that the kernel chooses.</summary>
    private static int FreePort(int wanted = 0)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, wanted));
        }
        catch (SocketException) when (wanted != 0)
        {
            return FreePort();
        }
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
