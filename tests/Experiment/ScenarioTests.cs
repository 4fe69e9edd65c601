using Sento.Tests.Support.Databases;

namespace Sento.Tests.Experiment;

/// <summary>What happens in the middle of a run, on either database.</summary>
public sealed class ScenarioTests
{
    private static readonly string[] Small = ["--quick", "--environments", "60", "--deadline", "10"];

    [Fact]
    public async Task Changed_password_fails_direct_connections_and_nobody_behind_sento()
    {
        var run = await LabResult.Of([.. Small, "--scenario", "rotate", "--arms", "B,D"]);

        Assert.True(LabResult.Errors(run.Arm("B"), "28P01") > 0);
        LabResult.NobodyFailed(run.Arm("D"));
        Assert.Contains("password changed after", run.Finished.Output);
    }

    [Fact]
    public async Task Crash_of_the_database_loses_nothing_that_was_told_as_done()
    {
        var run = await LabResult.Of([.. Small, "--scenario", "restart", "--arms", "B,D"]);

        foreach (var letter in (string[])["B", "D"])
        {
            var arm = run.Arm(letter);
            LabResult.NothingIsLostOrDoneTwice(arm);
            Assert.True(arm.GetProperty("eventSeconds").GetDouble() > 0);
            // It serves again: the last phase has successes.
            Assert.True(LabResult.Number(arm.GetProperty("afterEvent"), "started")
                > LabResult.Number(arm.GetProperty("afterEvent"), "failed"));
        }
    }

    [Fact]
    public async Task Environments_sign_in_with_tokens_over_tls_some_of_them_frozen_processes()
    {
        var run = await LabResult.Of([.. Small, "--sign-in", "token", "--processes", "3", "--arms", "B,D"]);

        LabResult.NobodyFailed(run.Arm("B"));
        LabResult.NobodyFailed(run.Arm("D"));
        LabResult.NothingIsLostOrDoneTwice(run.Arm("D"));
    }

    // A minute and a half: for whoever changes the lab.
    [Fact(Explicit = true)]
    public async Task MariaDb_refuses_above_its_limit_and_sento_serves_everybody_with_twenty_connections()
    {
        var run = await LabResult.Of(
            "--quick", "--environments", "220", "--deadline", "10", "--engine", "mariadb",
            "--arms", "A,C16,D");

        Assert.True(LabResult.Errors(run.Arm("A"), "1040") > 0);
        foreach (var letter in (string[])["A", "C16", "D"])
            LabResult.NothingIsLostOrDoneTwice(run.Arm(letter));
        LabResult.NobodyFailed(run.Arm("D"));
        Assert.InRange(LabResult.Number(run.Arm("D"), "serversMax"), 1, 20);
    }
}

/// <summary>Runs on a server that is not the lab's own.</summary>
public sealed class AgainstTests : IAsyncLifetime
{
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.Start();

    [Fact]
    public async Task Somebodys_server_is_measured_and_left_as_it_was()
    {
        var started = await _server.Execute("select pg_postmaster_start_time()");
        var run = await LabResult.Of(
            "--against", Url, "--yes", "--environments", "30", "--deadline", "10", "--arms", "A,D,F");

        Assert.Equal(["A", "D", "F"], run.Arms.Select(SmallRun.LetterOf));
        foreach (var arm in run.Arms.Select(SmallRun.LetterOf).Select(run.Arm))
        {
            LabResult.NobodyFailed(arm);
            LabResult.NothingIsLostOrDoneTwice(arm);
        }
        Assert.InRange(LabResult.Number(run.Arm("D"), "serversMax"), 1, 10);
        Assert.Contains("not the lab's own", run.Finished.Output);
        Assert.DoesNotContain(PostgresServer.Password, run.Finished.Output);
        Assert.Equal(
            0L, await _server.Execute("select count(*) from pg_tables where tablename like 'sento%'"));
        Assert.Equal(started, await _server.Execute("select pg_postmaster_start_time()"));
    }

    [Fact]
    public async Task Nothing_is_done_to_somebodys_server_unless_it_is_agreed()
    {
        var finished = await LabResult.Run(["--against", Url]);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("Nothing was done.", finished.Output);
    }

    [Fact]
    public async Task Table_that_is_there_already_is_not_touched()
    {
        await _server.Execute("create table sento_lab_item (id int); insert into sento_lab_item values (7)");
        var finished = await LabResult.Run(["--against", Url, "--yes"]);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("already exists", finished.Output);
        Assert.Equal(7, await _server.Execute("select id from sento_lab_item"));
    }

    private string Url => _server.UrlOf(PostgresServer.Superuser);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
