using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>What a role or a database is set to is what its sessions begin with, from the next one
/// on.</summary>
public sealed class Defaults(Ground ground) : Play(ground)
{
    private const string View = "select current_setting('work_mem'), current_setting('timezone')";

    [Theory]
    [InlineData("alter role app set work_mem = '9MB'", "alter role app reset work_mem")]
    [InlineData("alter role app set timezone = 'Asia/Tokyo'", "alter role app reset all")]
    [InlineData("alter database app set timezone = 'Asia/Tokyo'", "alter database app reset all")]
    [InlineData("alter role app in database app set work_mem = '9MB'",
        "alter role app in database app reset all")]
    [InlineData("begin; alter role app set work_mem = '9MB'; commit", "alter role app reset all")]
    [InlineData("begin; alter role app set work_mem = '9MB'; rollback", "select 1")]
    public Task Sessions_begin_with_what_their_role_and_database_are_set_to(string set, string reset) =>
        Compare(async side =>
    {
        await using var undo = new Undo(Ground);
        var owner = await side.Open();
        // A session that is open already takes what it was set to with its next server connection.
        owner.Hears = null;
        await owner.Query(View);
        await owner.Query(set);
        // At sign-in it is told, and it is there: also what no parameter reports.
        foreach (var parameters in new[] { Array.Empty<(string, string)>(), [("application_name", "other")] })
        {
            var after = await side.Open(parameters);
            await after.Query(View);
            await after.Query("set work_mem = '7MB'");
            await after.Query("reset work_mem");
            await after.Query(View);
        }
        await owner.Query(reset);
        await (await side.Open()).Query(View);
    });

    /// <summary>The role and the database are everybody's: they leave each play as they came into
    /// it.</summary>
    private sealed class Undo(Ground ground) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await ground.Server.Execute("alter role app reset all");
            await ground.Server.Execute("alter role app in database app reset all");
            await ground.Server.Execute("alter database app reset all");
        }
    }
}
