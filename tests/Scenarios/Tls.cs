using System.Net.Security;
using System.Net.Sockets;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>TLS on the client's leg, asked for in every way.</summary>
public sealed class Tls(Ground ground, TlsGround tls) : IClassFixture<TlsGround>
{
    private const string Long = "select pg_sleep(60)";

    [Theory]
    [InlineData(TlsUse.Requested, true)]
    [InlineData(TlsUse.Requested, false)]
    [InlineData(TlsUse.Direct, true)]
    public Task A_client_signs_in_and_works_over_tls(TlsUse use, bool usesChannelBinding) =>
        OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Open(
            door with { Tls = use, UsesChannelBinding = usesChannelBinding });
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
        await client.Ask(Parse("s", "select $1::text"), Sync());
        var value = new string('t', 300_000);
        Assert.Equal(value, (await client.Ask(Bind("", "s", value), Execute(), Sync())).Scalar);
        await client.Terminate();
    });

    [Fact]
    public Task Scram_plus_is_offered_over_tls_and_not_without() => OnBoth(async door =>
    {
        await using var secure = await ScriptedClient.Connect(door with { Tls = TlsUse.Requested });
        Assert.StartsWith("R(sasl:SCRAM-SHA-256-PLUS SCRAM-SHA-256) ", (await secure.SignIn()).Text,
            StringComparison.Ordinal);
        await using var plain = await ScriptedClient.Connect(door);
        Assert.StartsWith("R(sasl:SCRAM-SHA-256) ", (await plain.SignIn()).Text, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("p=tls-unique")]
    [InlineData("y")]
    public Task A_downgrade_of_the_binding_is_refused(string flag) => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Connect(door with { Tls = TlsUse.Requested });
        await client.Send(Startup(Version30, door.StartupParameters()));
        await client.Receive();
        var scram = new ScramExchange(door.Password, flag);
        await client
            .Send(SaslInitial(flag == "y" ? ScramExchange.Plain : ScramExchange.Plus, scram.ClientFirst));
        var replies = await client.ReceiveToEnd();
        Assert.Equal('E', replies[^1].Code);
    });

    [Fact]
    public Task A_wrong_binding_is_refused() => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Connect(door with { Tls = TlsUse.Requested });
        await client.Send(Startup(Version30, door.StartupParameters()));
        await client.Receive();
        var scram = new ScramExchange(door.Password, "p=tls-server-end-point", new byte[32]);
        await client.Send(SaslInitial(ScramExchange.Plus, scram.ClientFirst));
        var first = System.Text.Encoding.UTF8.GetString((await client.Receive()).Body.Span[4..]);
        await client.Send(SaslResponse(scram.ClientFinal(first)));
        Assert.NotNull((await client.ReceiveToEnd()).Error);
    });

    [Fact]
    public Task Direct_tls_that_agrees_on_no_protocol_is_refused() => OnBoth(async door =>
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(door.Host, door.Port);
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false);
        // The server may hang up in the handshake or behind it; nobody who names no protocol is asked who
        // he is.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = door.Host,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            });
            await stream.WriteAsync(Startup(Version30, door.StartupParameters()));
            await stream.ReadExactlyAsync(new byte[1]);
        });
    });

    [Fact]
    public Task Plain_bytes_behind_the_ssl_request_are_refused() => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Connect(door);
        await client.Send(SslRequest(), Startup(Version30, door.StartupParameters()));
        client.EndSending();
        // Whatever comes, it is not an answer to a start-up packet that anybody could have put there.
        var first = await client.ReceiveByte();
        Assert.Contains((char)first, "SE");
        // PostgreSQL closes behind its 'S', some versions after an error; none asks for the password.
        if (first == (byte)'S')
            Assert.NotEqual('R', (await client.TryReceive())?.Code);
    });

    [Fact]
    public Task A_cancel_over_tls() => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Open(door with { Tls = TlsUse.Requested });
        await client.Send(Query(Long));
        await Eventually.Holds(async () => await tls.Runs(Long));
        await client.Cancel();
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
    });

    [Fact]
    public Task A_cancel_without_tls_of_a_client_with_tls() => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Open(door with { Tls = TlsUse.Requested });
        await client.Send(Query(Long));
        await Eventually.Holds(async () => await tls.Runs(Long));
        await using var messenger = await ScriptedClient.Connect(door);
        await messenger.Cancel(client.ProcessId, client.Secret);
        Assert.Equal("57014", (await client.ReceiveUntilReady()).Error?.SqlState);
    });

    [Fact]
    public Task A_large_result_over_tls_and_many_small_messages() => OnBoth(async door =>
    {
        await using var client = await ScriptedClient.Open(door with { Tls = TlsUse.Requested });
        await client.Send(Query("select repeat('x', 1000) from generate_series(1, 50000)"));
        Assert.Equal(50_000, (await client.SkimUntilReady())['D'].Count);
        await client.SendByteByByte(Query("select 'slow'"));
        Assert.Equal("slow", (await client.ReceiveUntilReady()).Scalar);
    });

    [Fact]
    public Task A_client_that_vanishes_in_the_handshake_hurts_nobody() => OnBoth(async door =>
    {
        for (var i = 0; i < 5; i++)
        {
            var client = await ScriptedClient.Connect(door);
            await client.Send(SslRequest());
            Assert.Equal((byte)'S', await client.ReceiveByte());
            await client.Send([0x16, 3, 1, 1, 0, 1]);
            client.Vanish();
        }
        await using var next = await ScriptedClient.Open(door with { Tls = TlsUse.Requested });
        Assert.Equal("1", (await next.Query("select 1")).Scalar);
    });

    [Fact]
    public async Task Require_tls_refuses_plain_clients()
    {
        ground.NeedsProxy();
        await using var sento = await OwnProxy.Start(
            tls.TargetPort, proxy: $"{tls.CertificateLine}\n    RequireTLS: true");
        await using var plain = await ScriptedClient.Connect(sento.Door());
        Assert.Equal("28000", (await plain.SignIn()).Error?.SqlState);
        await using var secure = await ScriptedClient.Open(sento.Door() with { Tls = TlsUse.Requested });
        Assert.Equal("1", (await secure.Query("select 1")).Scalar);
    }

    private async Task OnBoth(Func<ServerDoor, Task> play)
    {
        await play(tls.Direct);
        if (tls.Through is { } through)
            await play(through);
    }
}
