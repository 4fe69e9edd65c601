using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Either side is gone in the middle of a sign-in.</summary>
public sealed class SignInFaults(Ground ground)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_server_that_dies_while_it_lets_us_in_is_asked_again(int stage)
    {
        var connections = 0;
        await using var server = new FakePostgresServer(async connection =>
        {
            if (Interlocked.Increment(ref connections) > 1)
            {
                await connection.SignInTrusting();
                await connection.AnswerEverything();
                return;
            }
            await connection.ExpectStartup();
            if (stage > 0)
                await connection.Send(ToClient.AuthenticationOk());
            if (stage > 1)
                await connection.Send(ToClient.ParameterStatus("client_encoding", "UTF8"));
            if (stage > 2)
                await connection.SendRaw(ToClient.BackendKeyData(1, 1, 2, 3, 4)[..7]);
            connection.Exit();
        });
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("C(SELECT 0) Z(I)", (await client.Query("select 1")).Text);
        Assert.Equal(2, connections);
    }

    [Fact]
    public async Task A_server_that_dies_while_it_takes_the_first_parameters_is_told_of_at_once()
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            while (await connection.TryReceive() is { } message
                && message.Body.Span.IndexOf("work_mem"u8) < 0)
                await connection.Answer(message);
            connection.Exit();
        });
        await using var sento = await OwnProxy.Start(server.Port);
        await using var client = await ScriptedClient.Connect(
            sento.Door().With(("options", "-c work_mem=7MB")));
        Assert.Equal("08006", (await client.SignIn()).Error?.SqlState);
    }

    [Fact]
    public async Task A_client_that_vanishes_while_it_signs_in_leaves_nothing()
    {
        await using var sento = await OwnProxy
            .Start(ground.Server.Port, "MaxConnections: 1", "MaxClientConnections: 5");
        var door = sento.Door();
        byte[] startup = Startup(Version30, door.StartupParameters());
        for (var round = 0; round < 3; round++)
        {
            for (var stage = 0; stage < 5; stage++)
            {
                await using var client = await ScriptedClient.Connect(door);
                if (stage == 0)
                    await client.Send(startup[..9]);
                if (stage > 0)
                    await client.Send(startup);
                if (stage > 1)
                    await client.Receive();
                var scram = new ScramExchange(door.Password);
                if (stage > 2)
                    await client.Send(SaslInitial(ScramExchange.Plain, scram.ClientFirst));
                if (stage > 3)
                {
                    var first = System.Text.Encoding.UTF8.GetString((await client.Receive()).Body.Span[4..]);
                    // The keys are derived and a server connection is asked for while nobody is there any
                    // more.
                    await client.Send(SaslResponse(scram.ClientFinal(first)));
                }
                client.Vanish();
            }
            await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_client_connections") == 0);
        }
        await using var last = await ScriptedClient.Open(door);
        Assert.Equal("1", (await last.Query("select 1")).Scalar);
        Assert.DoesNotContain("Internal error", sento.Log, StringComparison.Ordinal);
    }
}
