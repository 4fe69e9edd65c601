using Sento.Tests.Support.Databases;

namespace Sento.Tests.Experiment;

/// <summary>Ways of signing in, on each database.</summary>
public sealed class SignInTests
{
    private static readonly string[] Small =
        ["--quick", "--environments", "60", "--deadline", "30", "--sign-in", "token"];

    [Fact]
    public async Task Environments_sign_in_with_tokens_over_tls_some_of_them_frozen_processes()
    {
        var run = await LabResult.Of([.. Small, "--processes", "3", "--arms", "B,D"]);

        LabResult.NobodyFailed(run.Arm("B"));
        LabResult.NobodyFailed(run.Arm("D"));
        LabResult.NothingIsLostOrDoneTwice(run.Arm("D"));
    }

    [Theory]
    [InlineData("mariadb", MySqlKind.MariaDb)]
    [InlineData("mysql", MySqlKind.MySql)]
    public async Task MySql_and_MariaDb_are_signed_in_to_with_tokens_too(string engine, MySqlKind kind)
    {
        var run = await LabResult.Of(
            new Dictionary<string, string?> { ["SENTO_LAB_MYSQLD"] = MySqlPrograms.Daemon(kind) },
            [.. Small, "--engine", engine, "--arms", "D"]);

        LabResult.NobodyFailed(run.Arm("D"));
        LabResult.NothingIsLostOrDoneTwice(run.Arm("D"));
        Assert.InRange(LabResult.Number(run.Arm("D"), "serversMax"), 1, 20);
    }
}
