using System.Security.Cryptography;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

public sealed class TlsVerificationTests : IDisposable
{
    private readonly CertificateFolder _folder = new();
    private readonly CertificateFolder _strangers = new("Stranger Authority");

    public static TheoryData<TlsVersion> Versions => [TlsVersion.Tls12, TlsVersion.Tls13];

    public void Dispose()
    {
        _folder.Dispose();
        _strangers.Dispose();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST.")]
    [InlineData("127.0.0.1")]
    public void Full_verification_accepts_a_host_that_the_certificate_names(string host)
    {
        using var pair = TlsPair.Of(_folder.Server(), Trusting(TlsVerification.Full), host).ConnectFully();

        Assert.True(pair.Client.Session.ReadPeer()!.IsVerified);
    }

    [Theory]
    [InlineData("elsewhere", "hostname mismatch")]
    [InlineData("127.0.0.2", "IP address mismatch")]
    [InlineData("::1", "IP address mismatch")]
    [InlineData("fe80::1%1", "IP address mismatch")]
    public void Full_verification_refuses_a_host_that_the_certificate_lacks(string host, string reason)
    {
        using var pair = TlsPair.Of(_folder.Server(), Trusting(TlsVerification.Full), host).Connect();

        AssertRefused(pair, $"certificate verify failed: {reason}");
    }

    [Theory]
    [InlineData("db.example.org", true)]
    [InlineData("a.db.example.org", false)]
    [InlineData("example.org", false)]
    public void A_wildcard_stands_for_exactly_one_label(string host, bool isAccepted)
    {
        var server = _folder.Server(dnsName: "*.example.org");
        using var pair = TlsPair.Of(server, Trusting(TlsVerification.Full), host).Connect();

        Assert.Equal(isAccepted, pair.Client.Session.IsEstablished);
    }

    [Fact]
    public void A_wildcard_inside_a_label_stands_for_nothing()
    {
        var server = _folder.Server(dnsName: "d*.example.org");
        using var pair = TlsPair.Of(server, Trusting(TlsVerification.Full), "db.example.org").Connect();

        AssertRefused(pair, "certificate verify failed: hostname mismatch");
    }

    [Fact]
    public void Verification_of_the_authority_alone_accepts_any_host()
    {
        using var pair =
            TlsPair.Of(_folder.Server(), Trusting(TlsVerification.Authority), "elsewhere").ConnectFully();

        Assert.True(pair.Client.Session.ReadPeer()!.IsVerified);
    }

    [Theory]
    [InlineData(TlsVerification.Authority)]
    [InlineData(TlsVerification.Full)]
    public void A_certificate_of_an_unknown_authority_is_refused(TlsVerification verification)
    {
        using var pair = TlsPair.Of(_strangers.Server(), Trusting(verification)).Connect();

        AssertRefused(pair, "certificate verify failed: unable to get local issuer certificate");
    }

    [Fact]
    public void The_systems_authorities_do_not_know_ours()
    {
        using var pair = TlsPair.Of(_folder.Server(), new TlsClientOptions()).Connect();

        AssertRefused(pair, "certificate verify failed: unable to get local issuer certificate");
    }

    [Fact]
    public void An_expired_certificate_is_refused()
    {
        var server = _folder.Server(daysValid: -1);
        using var pair = TlsPair.Of(server, Trusting(TlsVerification.Authority)).Connect();

        AssertRefused(pair, "certificate verify failed: certificate has expired");
    }

    [Fact]
    public void Without_verification_everything_goes_and_nothing_counts_as_verified()
    {
        var server = _strangers.Server(daysValid: -1);
        using var pair =
            TlsPair.Of(server, new TlsClientOptions { Verification = TlsVerification.None }).ConnectFully();

        Assert.True(pair.Client.Session.ReadPeer() is { IsVerified: false, CommonName: "localhost" });
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_client_certificate_is_read_and_verified(TlsVersion version)
    {
        var server = _folder.Server() with
        {
            ClientAuthoritiesFile = _folder.AuthorityFile,
            MaxVersion = version,
        };
        var mine = _folder.Client("app", "CN=app, O=\"Ünit, Limited\"");
        var client = Trusting(TlsVerification.Full) with
        {
            CertificateFile = mine.CertificateFile,
            KeyFile = mine.KeyFile,
        };
        using var pair = TlsPair.Of(server, client).ConnectFully();

        var peer = pair.Server.Session.ReadPeer();
        Assert.True(peer is { IsVerified: true, CommonName: "app" });
        // As the openssl program prints it with -nameopt RFC2253.
        Assert.Equal("CN=app,O=\\C3\\9Cnit\\, Limited", peer.DistinguishedName);
        Assert.True(peer.Der.Length > 100);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_client_without_a_certificate_is_let_through(TlsVersion version)
    {
        var server = _folder.Server() with
        {
            ClientAuthoritiesFile = _folder.AuthorityFile,
            MaxVersion = version,
        };
        using var pair = TlsPair.Of(server, Trusting(TlsVerification.Full)).ConnectFully();

        Assert.Null(pair.Server.Session.ReadPeer());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_client_certificate_of_another_authority_is_refused(TlsVersion version)
    {
        var server = _folder.Server() with
        {
            ClientAuthoritiesFile = _folder.AuthorityFile,
            MaxVersion = version,
        };
        var theirs = _strangers.Client("app", "CN=app");
        var client = Trusting(TlsVerification.Full) with
        {
            CertificateFile = theirs.CertificateFile,
            KeyFile = theirs.KeyFile,
        };
        using var pair = TlsPair.Of(server, client).Connect();

        Assert.Equal(TlsStatus.Failed, pair.Server.Status);
        Assert.Contains("certificate verify failed", pair.Server.Session.FailureReason);
        Assert.Equal(TlsStatus.Failed, pair.Client.Status);
        Assert.Contains("unknown ca", pair.Client.Session.FailureReason);
    }

    [Theory]
    [InlineData("SHA256", "SHA256")]
    [InlineData("SHA384", "SHA384")]
    [InlineData("SHA512", "SHA512")]
    [InlineData("SHA1", "SHA256")]
    [InlineData("MD5", "SHA256")]
    public void The_end_point_hash_is_that_of_RFC_5929(string signatureDigest, string digest)
    {
        var server = _folder.RsaServer("rsa", new HashAlgorithmName(signatureDigest));
        using var pair =
            TlsPair.Of(server, new TlsClientOptions { Verification = TlsVerification.None }).ConnectFully();

        var der = pair.Client.Session.ReadPeer()!.Der;
        var expected = CryptographicOperations.HashData(new HashAlgorithmName(digest), der);
        Assert.Equal(expected, pair.Server.Session.ServerEndPointHash.ToArray());
        Assert.Equal(expected, pair.Client.Session.ServerEndPointHash.ToArray());
    }

    [Fact]
    public void A_host_that_is_no_name_is_refused()
    {
        using var context = TlsPair.ClientContext(Trusting(TlsVerification.Full));

        foreach (var host in new[] { "", ".", "a\0b", new string('a', 254) })
        {
            Assert.False(context.TryNewClientSession(host, out _, out var error));
            Assert.Contains("host", error);
        }
    }

    private static void AssertRefused(TlsPair pair, string reason)
    {
        Assert.Equal(TlsStatus.Failed, pair.Client.Status);
        Assert.Equal(reason, pair.Client.Session.FailureReason);
        Assert.Equal(TlsStatus.Failed, pair.Server.Status);
        Assert.Contains("alert", pair.Server.Session.FailureReason);
    }

    private TlsClientOptions Trusting(TlsVerification verification) =>
        new() { Verification = verification, AuthoritiesFile = _folder.AuthorityFile };
}
