using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>TLS on a driver: the handshake away from the loop, then encrypted streams.</summary>
public sealed class TlsTests
{
    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task Streams_over_tls_come_back_as_they_were_sent(string driver)
    {
        var folder = RunFolder.Create("driver-tls");
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        var (certificateFile, keyFile) = certificate.WriteTo(folder, "server");
        var isMade = TlsIdentity.TryLoad(
            new TlsServerOptions(certificateFile, keyFile), out var identity, out var error);
        Assert.True(isMade, error);

        await using var ground = await LoopGround.Start(driver, ConnectionLog.Echo);
        var pairs = Enumerable.Range(0, 20).Select(_ => ground.DialPair()).ToList();
        await ground.Run(() => pairs.ForEach(
            pair => pair.Server.Connection.AcceptTls(identity!.Current.NewServerSession())));
        await Task.WhenAll(pairs.Select((pair, number) => Converse(pair.Client, authority, number)));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task Converse(Socket client, TestCertificate authority, int number)
    {
        await using var tls = new SslStream(new NetworkStream(client, ownsSocket: true), false);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
        trust.RevocationMode = X509RevocationMode.NoCheck;
        trust.CustomTrustStore.Add(authority.Certificate);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust });
        foreach (var size in new[] { 1, 500, 16_384, 16_385, 100_000, 1_000_000 })
        {
            var sent = Bytes.Of(number + size, size);
            var received = new byte[size];
            var reading = tls.ReadExactlyAsync(received).AsTask();
            await tls.WriteAsync(sent);
            await reading.WaitAsync(Eventually.Deadline);
            Assert.Equal(sent, received);
        }
    }
}
