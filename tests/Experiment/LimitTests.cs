namespace Sento.Tests.Experiment;

/// <summary>The limit of another database than PostgreSQL.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task MariaDb_refuses_above_its_limit_and_sento_serves_everybody_with_twenty_connections()
    {
        var run = await LabResult.Of(
            "--quick", "--environments", "180", "--deadline", "30", "--engine", "mariadb",
            "--arms", "A,C16,D");

        Assert.True(LabResult.Errors(run.Arm("A"), "1040") > 0);
        foreach (var letter in (string[])["A", "C16", "D"])
            LabResult.NothingIsLostOrDoneTwice(run.Arm(letter));
        LabResult.NobodyFailed(run.Arm("D"));
        Assert.InRange(LabResult.Number(run.Arm("D"), "serversMax"), 1, 20);
    }
}
