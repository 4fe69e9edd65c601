using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

/// <summary>What sessions cost. Alone in the process, so that the figures are theirs.</summary>
[CollectionDefinition(nameof(TlsFootprintTests), DisableParallelization = true)]
[Collection(nameof(TlsFootprintTests))]
public sealed class TlsFootprintTests(ITestOutputHelper output) : IDisposable
{
    private const int SessionCount = 2000;

    private readonly CertificateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void An_idle_session_of_a_client_is_small()
    {
        // All are kept to the end: memory that the first had given back would hide what the second takes.
        var kept = new List<TlsSession>(2 * SessionCount);
        try
        {
            Measure(TlsVersion.Tls13, kept);
            Measure(TlsVersion.Tls12, kept);
        }
        finally
        {
            kept.ForEach(session => session.Dispose());
        }
    }

    [UnsupportedOSPlatform("windows")]
    private void Measure(TlsVersion version, List<TlsSession> kept)
    {
        using var servers = TlsPair.ServerContext(_folder.Server() with { MaxVersion = version });
        using var clients = TlsPair.ClientContext(new() { AuthoritiesFile = _folder.AuthorityFile });
        for (var warm = 0; warm < 200; warm++)
            kept.Add(Connect(servers, clients));
        var before = ResidentBytes();
        var begun = Process.GetCurrentProcess().TotalProcessorTime;
        for (var count = 0; count < SessionCount; count++)
            kept.Add(Connect(servers, clients));
        var spent = Process.GetCurrentProcess().TotalProcessorTime - begun;
        var bytes = (ResidentBytes() - before) / SessionCount;

        output.WriteLine($"{version}: {bytes} bytes for each idle session");
        var microseconds = spent.TotalMicroseconds / SessionCount;
        output.WriteLine($"{version}: {microseconds:F0} us for both sides of a handshake");
        // OpenSSL's own objects: 14 kB in 3.0; in 3.6 21 kB, and 6 kB more where the client offers ML-KEM.
        Assert.InRange(bytes, 0, SafeEvpPKeyHandle.OpenSslVersion < 0x3020_0000 ? 17_000 : 32_000);
    }

    /// <summary>The server's half of a connection that has carried a query and its answer.</summary>
    private static TlsSession Connect(TlsContext servers, TlsContext clients)
    {
        var pair = new TlsPair(TlsPair.ClientSession(clients), servers.NewServerSession()).ConnectFully();
        pair.Client.Session.Encrypt(new byte[300], pair.Client.Sent);
        pair.Server.Session.Encrypt(new byte[5000], pair.Server.Sent);
        pair.Pump();
        pair.Client.Session.Dispose();
        return pair.Server.Session;
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * Environment.SystemPageSize;
    }
}
