using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sento.Base;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

/// <summary>Our sessions against another implementation's state machine, over a loopback socket.</summary>
public sealed class SslStreamInteropTests : IDisposable
{
    private const int PlainBytes = 1_000_000;

    private readonly CertificateFolder _folder = new();
    private readonly TlsServerOptions _server;

    public SslStreamInteropTests() => _server = _folder.Server() with { AlpnProtocol = "postgresql" };

    public static TheoryData<SslProtocols> Protocols => [SslProtocols.Tls12, SslProtocols.Tls13];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_dotnet_client_talks_to_our_server(SslProtocols protocol)
    {
        using var context = TlsPair.ServerContext(_server);
        using var session = context.NewServerSession();
        var (ours, theirs) = await Sockets();
        using var echo = new Echo(session, ours);
        await using var stream = new SslStream(new NetworkStream(theirs, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(ClientOptions(protocol));

        Assert.Equal("postgresql", stream.NegotiatedApplicationProtocol.ToString());
        Assert.Equal(protocol, stream.SslProtocol);
        Assert.Equal(EndPointHash(stream), session.ServerEndPointHash.ToArray());
        await AssertEchoes(stream);
        await stream.ShutdownAsync();
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        Assert.Equal(TlsStatus.CloseNotify, await echo.Ended);
        Assert.Equal("localhost", session.ReadAgreement().ServerName);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Our_client_talks_to_a_dotnet_server(SslProtocols protocol)
    {
        using var context = TlsPair.ClientContext(
            new TlsClientOptions { AuthoritiesFile = _folder.AuthorityFile, AlpnProtocol = "postgresql" });
        using var session = TlsPair.ClientSession(context);
        var (ours, theirs) = await Sockets();
        using var echo = new Echo(session, ours, isClient: true);
        using var certificate = Certificate(_server);
        await using var stream = new SslStream(new NetworkStream(theirs, ownsSocket: true));
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            EnabledSslProtocols = protocol,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
        };
        await stream.AuthenticateAsServerAsync(options);

        await AssertEchoes(stream);
        // On this side .NET would hash the client's certificate; there is none.
        Assert.Equal(SHA256.HashData(certificate.RawData), session.ServerEndPointHash.ToArray());
        Assert.Equal("postgresql", session.ReadAgreement().AlpnProtocol);
        Assert.True(session.ReadPeer()!.IsVerified);
        await stream.ShutdownAsync();
        Assert.Equal(TlsStatus.CloseNotify, await echo.Ended);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_ticket_shortens_the_next_handshake_of_a_dotnet_client(SslProtocols protocol)
    {
        using var context = TlsPair.ServerContext(_server);
        var options = ClientOptions(protocol);
        for (var round = 0; round < 3; round++)
        {
            using var session = context.NewServerSession();
            var (ours, theirs) = await Sockets();
            using var echo = new Echo(session, ours);
            await using var stream = new SslStream(new NetworkStream(theirs, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(options);
            await AssertEchoes(stream);

            Assert.Equal(round > 0, session.ReadAgreement().IsResumed);
            Assert.Equal("localhost", session.ReadAgreement().ServerName);
            Assert.Equal(EndPointHash(stream), session.ServerEndPointHash.ToArray());
        }
    }

    private static async Task AssertEchoes(SslStream stream)
    {
        var sent = TlsSessionTests.Bytes(PlainBytes);
        var writing = stream.WriteAsync(sent).AsTask();
        var received = new byte[PlainBytes];
        await stream.ReadExactlyAsync(received);
        await writing;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    /// <summary>What .NET computes for tls-server-end-point, without the prefix that names it.</summary>
    private static byte[] EndPointHash(SslStream stream)
    {
        using var binding = stream.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint)!;
        var bytes = new byte[binding.Size];
        System.Runtime.InteropServices.Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
        return bytes.AsSpan(bytes.AsSpan().IndexOf((byte)':') + 1).ToArray();
    }

    private static X509Certificate2 Certificate(TlsServerOptions files) =>
        X509Certificate2.CreateFromPemFile(files.CertificateFile, files.KeyFile);

    private static async Task<(Socket Ours, Socket Theirs)> Sockets()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(1);
        var theirs = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await theirs.ConnectAsync(listener.LocalEndPoint!);
        return (await listener.AcceptAsync(), theirs);
    }

    private SslClientAuthenticationOptions ClientOptions(SslProtocols protocol)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(_folder.AuthorityFile));
        return new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            CertificateChainPolicy = policy,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
        };
    }

    /// <summary>A thread that serves a session over a socket and sends back what it receives.</summary>
    private sealed class Echo : IDisposable
    {
        private readonly TaskCompletionSource<TlsStatus> _ended =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly TlsSession _session;
        private readonly Socket _socket;
        private readonly Thread _thread;

        public Echo(TlsSession session, Socket socket, bool isClient = false)
        {
            (_session, _socket) = (session, socket);
            _thread = new Thread(() => Serve(isClient)) { IsBackground = true };
            _thread.Start();
        }

        public Task<TlsStatus> Ended => _ended.Task;

        public void Dispose()
        {
            _socket.Dispose();
            _thread.Join();
        }

        private void Serve(bool isClient)
        {
            try
            {
                var end = new TlsEnd(_session);
                var wire = new byte[30_000];
                if (isClient)
                    end.Take([]);
                while (end.Status is not (TlsStatus.Failed or TlsStatus.CloseNotify))
                {
                    Answer(end);
                    var count = _socket.Receive(wire);
                    if (count == 0)
                        break;
                    end.Take(wire.AsSpan(0, count));
                }
                _session.Close(end.Sent);
                Answer(end);
                _ended.SetResult(end.Status);
            }
            catch (Exception fault)
            {
                _ended.TrySetException(fault);
            }
        }

        private void Answer(TlsEnd end)
        {
            if (end.Received.Count > 0)
                _session.Encrypt(end.Received.ToArray(), end.Sent);
            end.Received.Clear();
            var wire = TlsSessionTests.TakeAll(end.Sent).AsSpan();
            while (wire.Length > 0)
                wire = wire[_socket.Send(wire)..];
        }
    }
}
