using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary><c>./sento demo</c>: what it prints works as it stands, and Ctrl-C leaves nothing behind.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_line_to_paste_leads_to_a_server_that_control_c_removes()
    {
        await using var demo = await GuardedProcess.Start(new Recipe("dotnet", SourceTree.SentoProgram, "demo"));
        var place = await demo.Output.WaitFor(line => line.Contains("Sento is in front of", StringComparison.Ordinal));
        var folder = place[(place.IndexOf("folder ", StringComparison.Ordinal) + 7)..].TrimEnd('.').TrimEnd(')');
        Assert.True(Directory.Exists(folder), folder);
        var pasted = (await demo.Output.WaitFor(line => line.Contains("psql postgresql://", StringComparison.Ordinal)))
            .Trim().Split(' ');
        var done = await GuardedProcess.Run(
            new Recipe(pasted[0], pasted[1], "-XAtc", "select current_user, inet_server_port()"),
            TimeSpan.FromMinutes(1));
        Assert.True(done.ExitCode == 0, done.Errors);
        var port = place[(place.IndexOf("port ", StringComparison.Ordinal) + 5)..].Split(',')[0];
        Assert.EndsWith($"|{port}", done.Output.Trim(), StringComparison.Ordinal);
        var metrics = (await demo.Output.WaitFor(line => line.Contains("curl http://", StringComparison.Ordinal)))
            .Trim().Split(' ')[1];
        using var web = new HttpClient();
        Assert.Contains("sento_client_connections", await web.GetStringAsync(new Uri(metrics)), StringComparison.Ordinal);

        demo.Signal(Signals.Interrupt);
        Assert.Equal(0, await demo.WaitForEnd(Eventually.Deadline));
        Assert.False(Directory.Exists(folder), folder);
    }
}
