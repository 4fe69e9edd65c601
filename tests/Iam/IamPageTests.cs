using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Iam;

/// <summary>docs/operating/iam.md from its first command to its last.</summary>
public sealed partial class IamPageTests(IamGround ground, MySql9Ground mySql)
    : IAsyncDisposable, IClassFixture<MySql9Ground>
{
    private readonly PageCommands _page = new("iam.md");

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public async Task Commands_of_the_page_do_what_it_says()
    {
        var port = FreePort.Take();
        _page.Environment["APP_PASSWORD"] = ThrowawayServer.Password;
        _page.Places["port=6432"] = $"port={port}";
        _page.Places["--port 6432"] = $"--port {port}";
        _page.Places["-P 6033"] = $"-P {mySql.Proxy.Port}";

        await _page.Next("./sento iam new-access-key", "");
        await _page.Next(". ./fn.env", "");
        await File.WriteAllTextAsync(_page.At("sento.yaml"), await Configuration(port));
        await _page.Next("./sento check", "");
        await _page.Serve("./sento serve");

        // Once by each tool.
        for (var tool = 0; tool < 2; tool++)
            await _page.Next("export PGPASSWORD=", "");
        Assert.Contains("DBUser=app", await _page.Run("echo $PGPASSWORD"));
        await Eventually.Holds(async () =>
            (await _page.TryRun("psql -h 127.0.0.1 -p " + port + " -U app -c 'select 1' app")).ExitCode == 0);
        await _page.Next("psql ", "token: app", input: @"\echo token: :USER");

        _page.Environment["TOKEN"] = IamGround.Token(mySql.Proxy);
        _page.Environment["PATH"] = $"{Path.GetDirectoryName(mySql.Client)}:{_page.Environment["PATH"]}";
        await _page.Next("mysql ", "app@", input: "select current_user();");
        await _page.Next("mariadb ", "app@", input: "select current_user();");

        var explained = await _page.Next("./sento iam simulate", "allowed: rds-db:connect");
        Assert.Contains(
            explained.TrimEnd(), await File.ReadAllTextAsync(SourceTree.At("docs", "operating", "iam.md")),
            StringComparison.Ordinal);
        Assert.Empty(_page.Left);
    }

    /// <summary>The page's, with the key that was made, the server of these tests, and a free port.</summary>
    private async Task<string> Configuration(int port)
    {
        var key = KeyId().Match(await File.ReadAllTextAsync(_page.At("fn.env"))).Value;
        return _page.Configurations[0]
            .Replace("AKIA…", key, StringComparison.Ordinal)
            .Replace("127.0.0.1:6432", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("{Host: db.internal}", $"{{Host: 127.0.0.1, Port: {ground.Server.Port}}}",
                StringComparison.Ordinal);
    }

    [GeneratedRegex("AKIA[A-Z0-9]+")]
    private static partial Regex KeyId();
}
