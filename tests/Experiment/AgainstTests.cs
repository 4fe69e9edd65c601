using Sento.Tests.Support.Databases;

namespace Sento.Tests.Experiment;

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
            "--against", Url, "--yes", "--environments", "30", "--deadline", "30", "--arms", "A,D,F");

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
        var finished = await LabResult.Run("--against", Url);

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("Nothing was done.", finished.Output);
    }

    [Fact]
    public async Task Table_that_is_there_already_is_not_touched()
    {
        await _server.Execute("create table sento_lab_item (id int); insert into sento_lab_item values (7)");
        var finished = await LabResult.Run("--against", Url, "--yes");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("already exists", finished.Output);
        Assert.Equal(7, await _server.Execute("select id from sento_lab_item"));
    }

    private string Url => _server.UrlOf(PostgresServer.Superuser);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
