using System.Globalization;
using System.Text.Json;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>psql on a pseudo-terminal shows the same through the proxy, letter by letter.</summary>
[Collection(DatabaseFixture.Name)]
public sealed class TerminalTests(DatabaseFixture database) : IAsyncLifetime
{
    private SentoProcess _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        await database.Clean();
        _proxy = await SentoProcess.Start(new SentoOptions
        {
            Configuration = $$"""
                Admin: {Listen: "{admin}"}
                Secrets:
                  app: {username: app, password: secret}
                  reader: {username: reader, password: secret}
                Proxies:
                  - DBProxyName: terminal
                    EngineFamily: POSTGRESQL
                    Auth: [{SecretArn: app}, {SecretArn: reader}]
                    Endpoints: [{Listen: ["{listen}"]}]
                    TargetGroup:
                      Targets: [{Host: 127.0.0.1, Port: {{database.Server.Port}}}]
                      ConnectionPoolConfigurationInfo: {MaxConnections: 5}
                """,
        });
    }

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    [Fact]
    public Task Descriptions_and_errors_look_the_same() => Compare("describe");

    [Fact]
    public Task Copies_from_and_to_files_and_the_screen() => Compare("copy");

    [Fact]
    public Task Control_c_cancels_the_statement_and_the_session_goes_on() => Compare("cancel");

    [Fact]
    public Task Watch_repeats_until_control_c() => Compare("watch");

    [Fact]
    public Task Another_role_and_another_database_are_one_command_away() => Compare("connect");

    [Fact]
    public Task The_tabulator_completes_names_of_tables() => Compare("complete");

    [Fact]
    public Task A_new_password_is_asked_for_and_set() => Compare("password");

    private async Task Compare(string scenario)
    {
        var direct = await Play(scenario, database.Target);
        await database.Clean();
        var through = await Play(scenario, database.Target with { Host = _proxy.Host, Port = _proxy.Port });
        Assert.NotEmpty(direct);
        Assert.Equal(direct, through);
        Assert.Equal(0, (await _proxy.Metrics()).Sum("sento_pins_total"));
    }

    /// <summary>What was typed and what it led to, with the port's number left out.</summary>
    private static async Task<string[]> Play(string scenario, DriverTarget target)
    {
        var program = SourceTree.At("tests", "Drivers", "python", "psql_terminal.py");
        var environment = ProgramDriver.EnvironmentOf(target);
        // Whether TLS is spoken is the one thing that may look different.
        environment["PGSSLMODE"] = "disable";
        var done = await GuardedProcess.Run(
            new Recipe("/usr/bin/python3", program, scenario) { Environment = environment },
            ProgramDriver.Deadline);
        Assert.True(done.ExitCode == 0, $"{scenario}: {done.Errors}");
        var port = target.Port.ToString(CultureInfo.InvariantCulture);
        var heard = JsonSerializer.Deserialize<string[][]>(done.Output) ?? [];
        return
        [
            .. heard.Select(line => $"{line[0]}: {line[1]}".Replace(port, "PORT", StringComparison.Ordinal)),
        ];
    }
}
