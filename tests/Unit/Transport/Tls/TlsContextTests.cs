using Sento.Base;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

public sealed class TlsContextTests : IDisposable
{
    private readonly CertificateFolder _folder = new();
    private readonly TlsClientOptions _client;

    public TlsContextTests() => _client = new TlsClientOptions { AuthoritiesFile = _folder.AuthorityFile };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Absent_files_are_named()
    {
        var server = _folder.Server();

        Assert.Equal(
            "certificate file '/absent.crt': No such file or directory",
            ServerError(server with { CertificateFile = "/absent.crt" }));
        Assert.Equal(
            "key file '/absent.key': No such file or directory",
            ServerError(server with { KeyFile = "/absent.key" }));
        Assert.Contains(
            "client authorities file '/absent.crt': ",
            ServerError(server with { ClientAuthoritiesFile = "/absent.crt" }));
        Assert.Contains(
            "authorities file '/absent.crt': ", ClientError(new() { AuthoritiesFile = "/absent.crt" }));
        Assert.Contains(
            "certificate file '/absent.crt': ",
            ClientError(new() { CertificateFile = "/absent.crt", KeyFile = "/absent.key" }));
    }

    [Fact]
    public void Files_with_other_content_are_named()
    {
        var server = _folder.Server();
        var other = _folder.File("notes.txt");
        File.WriteAllText(other, "not a certificate");

        Assert.Equal(
            $"certificate file '{other}': no start line",
            ServerError(server with { CertificateFile = other }));
        Assert.StartsWith($"key file '{other}': ", ServerError(server with { KeyFile = other }));
        Assert.Contains($"'{other}'", ServerError(server with { ClientAuthoritiesFile = other }));
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        var mixed = _folder.Server() with { KeyFile = _folder.Server("other").KeyFile };

        Assert.Contains("key values mismatch", ServerError(mixed));
    }

    [Fact]
    public void A_key_with_a_passphrase_is_refused_without_asking_for_it()
    {
        var server = _folder.Server();
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(server.KeyFile));
        var rules = new System.Security.Cryptography.PbeParameters(
            System.Security.Cryptography.PbeEncryptionAlgorithm.Aes128Cbc,
            System.Security.Cryptography.HashAlgorithmName.SHA256,
            iterationCount: 1000);
        File.WriteAllText(server.KeyFile, key.ExportEncryptedPkcs8PrivateKeyPem("secret", rules));

        Assert.StartsWith($"key file '{server.KeyFile}': ", ServerError(server));
    }

    [Fact]
    public void A_certificate_without_its_key_is_refused()
    {
        var mine = _folder.Client("app", "CN=app");

        Assert.Contains("belong together", ClientError(new() { CertificateFile = mine.CertificateFile }));
        Assert.Contains("belong together", ClientError(new() { KeyFile = mine.KeyFile }));
    }

    [Fact]
    public void A_client_that_offers_only_other_protocols_is_refused()
    {
        var server = _folder.Server() with { AlpnProtocol = "postgresql" };
        using var pair = TlsPair.Of(server, _client with { AlpnProtocol = "http/1.1" }).Connect();

        Assert.Equal(TlsStatus.Failed, pair.Server.Status);
        Assert.Equal(TlsStatus.Failed, pair.Client.Status);
        Assert.Contains("no application protocol", pair.Client.Session.FailureReason);
    }

    [Fact]
    public void A_client_that_offers_no_protocol_is_served_where_that_is_optional()
    {
        var server = _folder.Server() with { AlpnProtocol = "postgresql" };
        using var pair = TlsPair.Of(server, _client).ConnectFully();

        Assert.Null(pair.Server.Session.ReadAgreement().AlpnProtocol);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("postgresql", true)]
    public void A_direct_start_demands_a_protocol(string? offered, bool isServed)
    {
        using var context = TlsPair.ServerContext(_folder.Server() with { AlpnProtocol = "postgresql" });
        using var clients = TlsPair.ClientContext(_client with { AlpnProtocol = offered });
        var session = context.NewServerSession(TlsAlpn.Required);
        using var pair = new TlsPair(TlsPair.ClientSession(clients), session).Connect();

        Assert.Equal(isServed, pair.Server.Session.IsEstablished);
        Assert.Equal(isServed, pair.Server.Session.FailureReason is null);
    }

    [Fact]
    public void An_address_is_not_sent_as_a_server_name()
    {
        using var pair = TlsPair.Of(_folder.Server(), _client, "127.0.0.1").ConnectFully();

        Assert.Null(pair.Server.Session.ReadAgreement().ServerName);
    }

    [Fact]
    public void Sessions_outlive_their_contexts()
    {
        using var pair = TlsPair.Of(_folder.Server(), _client);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        pair.ConnectFully();
    }

    [Fact]
    public void Sessions_may_be_made_and_used_on_many_threads_at_once()
    {
        using var servers = TlsPair.ServerContext(_folder.Server());
        using var clients = TlsPair.ClientContext(_client);

        Parallel.For(0, 200, _ =>
        {
            using var pair = new TlsPair(TlsPair.ClientSession(clients), servers.NewServerSession());
            pair.ConnectFully();
            pair.Client.Session.Encrypt("hello"u8, pair.Client.Sent);
            pair.Pump();
            Assert.Equal("hello"u8.ToArray(), pair.Server.Received);
        });
    }

    [Fact]
    public void A_disposed_session_is_not_called_into()
    {
        using var context = TlsPair.ServerContext(_folder.Server());
        var session = context.NewServerSession();
        session.Dispose();
        session.Dispose();

        Assert.Throws<InvariantBroken>(() => session.Handshake([], new ByteBuffer()));
        Assert.Throws<InvariantBroken>(() => session.HasReceivedCloseNotify);
    }

    private static string ServerError(TlsServerOptions options)
    {
        Assert.False(TlsContext.TryForServer(options, out _, out var error));
        return error;
    }

    private static string ClientError(TlsClientOptions options)
    {
        Assert.False(TlsContext.TryForClient(options, out _, out var error));
        return error;
    }
}
