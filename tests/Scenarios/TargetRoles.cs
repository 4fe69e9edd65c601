using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// A writer and its streaming replica: each endpoint reaches the one it promises, also after a failover.
/// </summary>
public sealed class TargetRoles
{
    private const string IsReader = "select pg_is_in_recovery()";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Writes_and_reads_follow_the_roles_through_a_failover()
    {
        await using var writer = await PostgresServer.Start(new PostgresOptions());
        await using var replica = await writer.StartReplica();
        // The replica is named first: what a target is, it says itself.
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                $"{OwnProxy.Target(replica.Port)}, {OwnProxy.Target(writer.Port)}",
                "MaxConnections: 3, ConnectionBorrowTimeout: 2",
                endpoint: "}, {DBProxyEndpointName: ro, TargetRole: READ_ONLY, "
                    + "Listen: [\"{folder}/.s.PGSQL.5432\"]"),
        });
        var readOnly = sento.Door() with { Host = sento.Folder, Port = 5432 };
        await using var write = await ScriptedClient.Open(sento.Door());
        await using var read = await ScriptedClient.Open(readOnly);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("f", (await write.Query(IsReader)).Scalar);
            Assert.Equal("t", (await read.Query(IsReader)).Scalar);
        }
        await write.Query("set work_mem = '7MB'; create table t as select 1 as a");
        Assert.Equal("25006", (await read.Query("create table u as select 1")).Error?.SqlState);

        // What it has set is known by now, and is not lost with the connection.
        Assert.Equal("7MB", (await write.Query("show work_mem")).Scalar);

        // While there is no writer, whoever needs one waits, and then is told so. Readers go on.
        await writer.Stop();
        Replies refused = null!;
        await Eventually.Holds(async () => (refused = await write.Query("select 1")).Error is not null);
        Assert.True(refused[^1].IsReady, refused.FullText);
        Assert.Equal("t", (await read.Query(IsReader)).Scalar);

        // The replica is promoted: the same session writes there, with its settings.
        await replica.Promote();
        Replies heard = null!;
        await Eventually.Holds(async () => (heard = await write.Query(IsReader)).Error is null, Patience);
        Assert.True(heard.Count > 0, "The session has ended.");
        Assert.Equal("f", heard.Scalar);
        Assert.Equal("7MB", (await write.Query("show work_mem")).Scalar);
        Assert.Equal("1", (await write.Query("select a from t")).Scalar);
        Assert.Null((await write.Query("insert into t values (2)")).Error);
    }

    [Fact]
    public async Task Without_a_target_of_the_role_the_client_is_told_so()
    {
        await using var writer = await PostgresServer.Start(new PostgresOptions());
        await using var other = await PostgresServer.Start(new PostgresOptions());
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                $"{OwnProxy.Target(writer.Port)}, {OwnProxy.Target(other.Port)}",
                "MaxConnections: 3, ConnectionBorrowTimeout: 2", endpoint: ", TargetRole: READ_ONLY"),
        });
        await using var client = await ScriptedClient.Connect(sento.Door());
        var error = (await client.SignIn()).Error;
        Assert.Equal("08000", error?.SqlState);
        Assert.Equal("Target group doesnt have any associated read-only instances", error?.Field('M'));
        Assert.Contains("TargetRole of the endpoint is READ_ONLY", error?.Field('D'),
            StringComparison.Ordinal);
        Assert.NotNull(error?.Field('H'));
    }

    [Fact]
    public async Task The_only_target_serves_both_roles()
    {
        await using var server = await PostgresServer.Start(new PostgresOptions());
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(OwnProxy.Target(server.Port), endpoint: ", TargetRole: READ_ONLY"),
        });
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("f", (await client.Query(IsReader)).Scalar);
    }
}
