using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>A server connection dies with what only it knew of a session: the session ends with it.</summary>
public sealed class StateLost
{
    [Fact]
    public async Task A_session_whose_settings_are_lost_while_they_are_asked_for_ends()
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            var isSet = false;
            while (await connection.TryReceive() is { } message)
            {
                var text = System.Text.Encoding.UTF8.GetString(message.Body.Span);
                if (isSet && text.Contains("work_mem", StringComparison.Ordinal))
                    return;
                isSet |= text.StartsWith("set work_mem", StringComparison.Ordinal);
                await connection.Answer(message);
            }
        });
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.True((await client.Query("set work_mem = '7MB'"))[^1].IsReady);
        var end = await client.ReceiveToEnd();
        Assert.Equal("57P01", end.Error?.SqlState);
        Assert.Contains("session's state was lost", end.Error?.Field('M'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create temp table kept (a int)")]
    [InlineData("select pg_advisory_lock(4711)")]
    [InlineData("declare kept cursor with hold for select 1")]
    public async Task A_pinned_session_whose_server_connection_is_killed_ends(string pins)
    {
        await using var server = await PostgresServer.Start(new PostgresOptions());
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Null((await client.Query(pins)).Error);
        var pid = (await client.Query("select pg_backend_pid()")).Scalar;
        await using var other = await ScriptedClient.Open(sento.Door());
        Assert.Equal("t", (await other.Query($"select pg_terminate_backend({pid})")).Scalar);
        var end = await client.ReceiveToEnd();
        Assert.Equal("57P01", end.Error?.SqlState);
        Assert.NotNull(end.Error?.Field('H'));
    }
}
