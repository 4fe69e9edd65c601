using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>What a proxy has in memory that somebody else needs.</summary>
public sealed class LoadedLibraryTests
{
    [Fact]
    public async Task A_plain_proxy_loads_nothing_of_the_other_commands_or_of_the_cloud()
    {
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            TargetUrl = "postgresql://app:secret@127.0.0.1:1/app",
        });
        var loaded = File.ReadLines($"/proc/{sento.Pid}/maps").Select(Path.GetFileName).ToHashSet();
        Assert.Contains("Sento.Postgres.dll", loaded);
        string[] others =
        [
            "Sento.Lab.dll", "AWSSDK.Core.dll", "System.Net.Http.dll",
            "System.Text.RegularExpressions.dll", "Npgsql.dll", "MySqlConnector.dll", "YamlDotNet.dll",
        ];
        Assert.Empty(others.Intersect(loaded));
    }
}
