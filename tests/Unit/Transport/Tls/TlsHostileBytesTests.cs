using CsCheck;
using Sento.Base;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

public sealed class TlsHostileBytesTests : IDisposable
{
    private readonly CertificateFolder _folder = new();
    private readonly TlsServerOptions _server;
    private readonly TlsContext _serverContext;
    private readonly TlsContext _clientContext;

    public TlsHostileBytesTests()
    {
        _server = _folder.Server();
        _serverContext = TlsPair.ServerContext(_server);
        var client = new TlsClientOptions { AuthoritiesFile = _folder.AuthorityFile };
        _clientContext = TlsPair.ClientContext(client);
    }

    public static TheoryData<TlsVersion> Versions => [TlsVersion.Tls12, TlsVersion.Tls13];

    public void Dispose()
    {
        _serverContext.Dispose();
        _clientContext.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\0\0\0\u0008\u0004\u00d2\u0016\u002f")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0028")]
    [InlineData("\u0016\u0003\u0001\u00ff\u00ff everything that follows is too long for a record")]
    public void Garbage_instead_of_a_hello_fails_with_a_reason(string garbage)
    {
        using var session = _serverContext.NewServerSession();
        var sent = new ByteBuffer();

        var result = session.Handshake(System.Text.Encoding.Latin1.GetBytes(garbage), sent);

        Assert.Equal(TlsStatus.Failed, result.Status);
        Assert.NotEmpty(session.FailureReason!);
        Assert.Equal(TlsStatus.Failed, session.Handshake("more"u8, sent).Status);
        session.Close(sent);
    }

    [Fact]
    public void Random_bytes_never_establish_a_session_and_never_crash() =>
        Gen.Select(Gen.Byte.Array[1, 3000], Gen.Bool).Sample(
            (bytes, isServer) =>
            {
                using var session = isServer
                    ? _serverContext.NewServerSession()
                    : TlsPair.ClientSession(_clientContext);
                var sent = new ByteBuffer();
                if (!isServer)
                    session.Handshake([], sent);
                session.Handshake(bytes, sent);
                Assert.False(session.IsEstablished);
            },
            iter: 1000);

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_changed_byte_of_the_handshake_never_leaves_two_sides_that_disagree(TlsVersion version)
    {
        using var context = TlsPair.ServerContext(_server with { MaxVersion = version });
        Gen.Select(Gen.Int[0, 2500], Gen.Int[1, 255], Gen.Bool).Sample(
            (at, flip, isFromClient) =>
            {
                var (client, server) = (
                    new TlsEnd(TlsPair.ClientSession(_clientContext)),
                    new TlsEnd(context.NewServerSession()));
                using (client.Session)
                using (server.Session)
                    ExchangeWithFlip(client, server, at, (byte)flip, isFromClient);
            },
            iter: 500);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_changed_byte_of_a_record_fails_and_nothing_of_the_record_is_told(TlsVersion version) =>
        Gen.Select(Gen.Int[1, 40_000], Gen.Int[0, int.MaxValue - 1], Gen.Int[1, 255]).Sample(
            (size, at, flip) =>
            {
                using var context = TlsPair.ServerContext(_server with { MaxVersion = version });
                using var pair = Connect(context);
                var plain = TlsSessionTests.Bytes(size);
                pair.Client.Session.Encrypt(plain, pair.Client.Sent);
                var wire = TlsSessionTests.TakeAll(pair.Client.Sent);
                wire[at % wire.Length] ^= (byte)flip;

                pair.Server.Take(wire);

                // A longer length makes it wait for the rest of the record; a shorter one breaks the tag.
                Assert.NotEqual(TlsStatus.Ok, pair.Server.Status);
                Assert.NotEqual(TlsStatus.CloseNotify, pair.Server.Status);
                Assert.True(pair.Server.Received.Count < size);
                Assert.Equal(plain[..pair.Server.Received.Count], pair.Server.Received);
                if (pair.Server.Status != TlsStatus.Failed)
                    return;
                Assert.NotEmpty(pair.Server.Session.FailureReason!);
                Assert.False(pair.Server.Session.Encrypt("answer"u8, pair.Server.Sent));
            },
            iter: 150);

    [Theory]
    [MemberData(nameof(Versions))]
    public void Mutated_records_never_crash(TlsVersion version) =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[0, 400], Gen.Int[0, 400]).Array[1, 5].Sample(
            cuts =>
            {
                using var context = TlsPair.ServerContext(_server with { MaxVersion = version });
                using var pair = Connect(context);
                foreach (var (inserted, at, removed) in cuts)
                {
                    pair.Client.Session.Encrypt(TlsSessionTests.Bytes(at + 1), pair.Client.Sent);
                    var wire = TlsSessionTests.TakeAll(pair.Client.Sent).ToList();
                    wire.RemoveRange(at, Math.Min(removed, wire.Count - at));
                    wire.InsertRange(at, inserted);
                    pair.Server.Take(wire.ToArray());
                }
            },
            iter: 150);

    [Fact]
    public void Empty_records_without_end_are_refused()
    {
        var empty = new byte[] { 23, 3, 3, 0, 0 };
        using var pair = Connect(_serverContext);
        for (var count = 0; count < 100 && pair.Server.Status != TlsStatus.Failed; count++)
            pair.Server.Take(empty);

        Assert.Equal(TlsStatus.Failed, pair.Server.Status);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void An_error_left_on_the_thread_by_others_does_no_harm(TlsVersion version)
    {
        using var context = TlsPair.ServerContext(_server with { MaxVersion = version });
        using var pair = Connect(context);
        using var broken = _serverContext.NewServerSession();

        for (var round = 0; round < 10; round++)
        {
            broken.Handshake("GET / HTTP/1.1\r\n"u8, new ByteBuffer());
            Assert.False(TlsContext.TryForServer(new TlsServerOptions("/absent", "/absent"), out _, out _));
            pair.Client.Session.Encrypt("x"u8, pair.Client.Sent);
            pair.Pump();
            Assert.Equal(TlsStatus.WantMore, pair.Server.Status);
        }
        Assert.Equal(10, pair.Server.Received.Count);
    }

    private TlsPair Connect(TlsContext server) =>
        new TlsPair(TlsPair.ClientSession(_clientContext), server.NewServerSession()).ConnectFully();

    private static void ExchangeWithFlip(TlsEnd client, TlsEnd server, int at, byte flip, bool isFromClient)
    {
        var passed = 0;
        client.Take([]);
        for (var turn = 0; turn < 6; turn++)
        {
            foreach (var (from, to) in new[] { (client, server), (server, client) })
            {
                var wire = TlsSessionTests.TakeAll(from.Sent);
                if (isFromClient == (from == client))
                {
                    if (at >= passed && at < passed + wire.Length)
                        wire[at - passed] ^= flip;
                    passed += wire.Length;
                }
                if (to.Status is not (TlsStatus.Failed or TlsStatus.CloseNotify))
                    to.Take(wire);
            }
        }
        // The transcript is authenticated: only what is no part of it may differ and pass (record versions).
        if (!client.Session.IsEstablished || !server.Session.IsEstablished)
            return;
        if (client.Status == TlsStatus.Failed || server.Status == TlsStatus.Failed)
            return;
        Assert.Equal(server.Session.ReadAgreement(), client.Session.ReadAgreement());
        client.Session.Encrypt("hello"u8, client.Sent);
        server.Take(TlsSessionTests.TakeAll(client.Sent));
        Assert.Equal("hello"u8.ToArray(), server.Received);
    }
}
