using CsCheck;
using Sento.Base;
using Sento.Transport.Tls;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

public sealed class TlsSessionTests : IDisposable
{
    private readonly CertificateFolder _folder = new();
    private readonly TlsServerOptions _server;
    private readonly TlsClientOptions _client;

    public TlsSessionTests()
    {
        _server = _folder.Server() with { AlpnProtocol = "postgresql" };
        _client = new TlsClientOptions
        {
            AuthoritiesFile = _folder.AuthorityFile,
            AlpnProtocol = "postgresql",
        };
    }

    public static TheoryData<TlsVersion> Versions => [TlsVersion.Tls12, TlsVersion.Tls13];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Versions))]
    public void Both_sides_agree(TlsVersion version)
    {
        using var pair = TlsPair.Of(_server with { MaxVersion = version }, _client).ConnectFully();

        var agreed = pair.Server.Session.ReadAgreement();
        Assert.Equal(version == TlsVersion.Tls12 ? "TLSv1.2" : "TLSv1.3", agreed.Version);
        Assert.Equal(agreed, pair.Client.Session.ReadAgreement());
        Assert.Equal("postgresql", agreed.AlpnProtocol);
        Assert.Equal("localhost", agreed.ServerName);
        Assert.True(agreed.CipherBits is 128 or 256);
        Assert.False(agreed.IsResumed);
        Assert.True(pair.Client.Session.ReadPeer() is { IsVerified: true, CommonName: "localhost" });
        Assert.Null(pair.Server.Session.ReadPeer());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Wire_bytes_may_come_one_at_a_time(TlsVersion version)
    {
        var server = _server with { MaxVersion = version };
        using var pair = TlsPair.Of(server, _client, pieceBytes: () => 1).ConnectFully();

        Echo(pair, Bytes(20_000));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Random_sizes_arrive_both_ways_in_random_pieces(TlsVersion version)
    {
        var sizes = Gen.Frequency((8, Gen.Int[1, 600]), (3, Gen.Int[1, 70_000]), (1, Gen.Int[1, 3_000_000]));
        var pieces = Gen.OneOf(Gen.Int[1, 30], Gen.Int[1, 20_000], Gen.Int[1, 500_000]);

        Gen.Select(sizes.Array[1, 6], pieces, Gen.Int).Sample(
            (plains, pieceMax, seed) =>
            {
                var random = new Random(seed);
                // Megabytes in pieces of a few bytes would take minutes and tell nothing more.
                var pieceMin = plains.Sum() / 50_000;
                using var pair = TlsPair.Of(
                    _server with { MaxVersion = version }, _client,
                    pieceBytes: () => pieceMin + random.Next(1, pieceMax + 1)).ConnectFully();
                foreach (var size in plains)
                    Echo(pair, Bytes(size));
            },
            iter: 40);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_first_message_sent_along_with_the_last_flight_arrives(TlsVersion version)
    {
        using var pair = TlsPair.Of(_server with { MaxVersion = version }, _client);
        var (client, server) = (pair.Client, pair.Server);
        client.Take([]);
        while (!client.Session.IsEstablished)
        {
            server.Take(TakeAll(client.Sent));
            client.Take(TakeAll(server.Sent));
        }
        Assert.True(client.Session.Encrypt("start"u8, client.Sent));

        server.Take(TakeAll(client.Sent));

        Assert.Equal("start"u8.ToArray(), server.Received);
    }

    [Fact]
    public void A_read_says_when_its_room_is_full_and_goes_on_without_new_bytes()
    {
        using var pair = TlsPair.Of(_server, _client).ConnectFully();
        pair.Client.Session.Encrypt(Bytes(1000), pair.Client.Sent);
        var wire = TakeAll(pair.Client.Sent);
        var room = new byte[300];

        var first = pair.Server.Session.Read(wire, room, pair.Server.Sent);
        Assert.Equal(new TlsResult(TlsStatus.Ok, wire.Length, 300), first);
        Assert.Equal(700, pair.Server.Session.PendingPlain);
        var second = pair.Server.Session.Read([], new byte[700], pair.Server.Sent);

        Assert.Equal(new TlsResult(TlsStatus.WantMore, 0, 700), second);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Close_notify_is_told_after_the_last_plain_bytes(TlsVersion version)
    {
        using var pair = TlsPair.Of(_server with { MaxVersion = version }, _client).ConnectFully();
        pair.Client.Session.Encrypt("bye"u8, pair.Client.Sent);
        pair.Client.Session.Close(pair.Client.Sent);

        pair.Server.Take(TakeAll(pair.Client.Sent));

        Assert.Equal("bye"u8.ToArray(), pair.Server.Received);
        Assert.Equal(TlsStatus.CloseNotify, pair.Server.Status);
        Assert.True(pair.Server.Session.HasReceivedCloseNotify);
        Assert.True(pair.Server.Session.Encrypt("answer"u8, pair.Server.Sent));
        Assert.False(pair.Client.Session.HasReceivedCloseNotify);
    }

    [Fact]
    public void A_stream_cut_off_is_told_from_a_closed_one()
    {
        using var pair = TlsPair.Of(_server, _client).ConnectFully();
        pair.Client.Session.Encrypt("half a message"u8, pair.Client.Sent);
        pair.Server.Take(TakeAll(pair.Client.Sent).AsSpan(0, 20));

        Assert.Equal(TlsStatus.WantMore, pair.Server.Status);
        Assert.False(pair.Server.Session.HasReceivedCloseNotify);
    }

    [Fact]
    public void Keys_change_in_mid_stream()
    {
        using var pair = TlsPair.Of(_server, _client).ConnectFully();
        for (var round = 0; round < 50; round++)
        {
            pair.Client.Session.RequestKeyUpdate();
            Echo(pair, Bytes(round * 1000 + 1));
            pair.Server.Session.RequestKeyUpdate();
        }
    }

    [Fact]
    public void A_thousand_key_updates_in_one_read_are_answered()
    {
        using var pair = TlsPair.Of(_server, _client).ConnectFully();
        for (var round = 0; round < 1000; round++)
        {
            pair.Client.Session.RequestKeyUpdate();
            pair.Client.Session.Encrypt("x"u8, pair.Client.Sent);
        }
        pair.Pump();

        Assert.Equal(1000, pair.Server.Received.Count);
        pair.Server.Received.Clear();
        Echo(pair, Bytes(10));
    }

    [Fact]
    public void A_key_update_in_an_older_version_changes_nothing()
    {
        using var pair = TlsPair.Of(_server with { MaxVersion = TlsVersion.Tls12 }, _client).ConnectFully();
        pair.Client.Session.RequestKeyUpdate();
        Echo(pair, Bytes(100));
    }

    [Fact]
    public void A_version_that_is_too_old_is_refused_and_both_sides_say_so()
    {
        var server = _server with { MinVersion = TlsVersion.Tls13 };
        using var pair = TlsPair.Of(server, _client with { MaxVersion = TlsVersion.Tls12 }).Connect();

        Assert.Equal(TlsStatus.Failed, pair.Server.Status);
        Assert.Equal("unsupported protocol", pair.Server.Session.FailureReason);
        Assert.Equal(TlsStatus.Failed, pair.Client.Status);
        Assert.Contains("protocol version", pair.Client.Session.FailureReason);
    }

    [Fact]
    public void Reads_and_writes_allocate_nothing()
    {
        using var pair = TlsPair.Of(_server, _client).ConnectFully();
        var (message, room) = (Bytes(5000), new byte[8192]);
        var (client, server) = (pair.Client, pair.Server);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var round = 0; round < 200; round++)
            {
                client.Session.Encrypt(message, client.Sent);
                server.Session.Read(client.Sent.Written, room, server.Sent);
                client.Sent.Clear();
            }
        }));
    }

    internal static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] TakeAll(ByteBuffer sent)
    {
        var bytes = sent.Written.ToArray();
        sent.Clear();
        return bytes;
    }

    /// <summary>Both sides send at the same time; both must receive what the other sent.</summary>
    private static void Echo(TlsPair pair, byte[] plain)
    {
        Assert.True(pair.Client.Session.Encrypt(plain, pair.Client.Sent));
        Assert.True(pair.Server.Session.Encrypt(plain, pair.Server.Sent));
        pair.Pump();
        foreach (var end in new[] { pair.Client, pair.Server })
        {
            Assert.True(plain.AsSpan().SequenceEqual(end.Received.ToArray()), "not the bytes that were sent");
            end.Received.Clear();
        }
    }
}
