using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

/// <summary>What sessions cost. Alone in the process, so that the figures are theirs.</summary>
[CollectionDefinition(nameof(TlsFootprintTests), DisableParallelization = true)]
[Collection(nameof(TlsFootprintTests))]
[UnsupportedOSPlatform("windows")]
public sealed partial class TlsFootprintTests(ITestOutputHelper output) : IDisposable
{
    private const int RoundCount = 9;
    private const int SessionCount = 500;

    private readonly CertificateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TlsVersion.Tls12)]
    [InlineData(TlsVersion.Tls13)]
    public void An_idle_session_of_a_client_is_small(TlsVersion version)
    {
        using var servers = TlsPair.ServerContext(_folder.Server() with { MaxVersion = version });
        using var clients = TlsPair.ClientContext(new() { AuthoritiesFile = _folder.AuthorityFile });
        // The compiler and the collector take and give memory of their own now and then, above all when this
        // code runs for the first time: that round does not count, and of the others the median does.
        Measure(servers, clients);
        var rounds = Enumerable.Range(0, RoundCount).Select(_ => Measure(servers, clients)).ToArray();
        var bytes = rounds.Select(round => round.Held).Order().ElementAt(RoundCount / 2);
        var left = rounds.Select(round => round.Kept).Order().ElementAt(RoundCount / 2);
        var microseconds = rounds.Min(round => round.Microseconds);

        output.WriteLine($"{version}: {bytes} bytes for each idle session, {left} after its end");
        output.WriteLine($"{version}: {microseconds:F0} us for both sides of a handshake");
        // OpenSSL's own objects: 14 kB in 3.0; in 3.6 21 kB, and 6 kB more where the client offers ML-KEM.
        Assert.InRange(bytes, 0, SafeEvpPKeyHandle.OpenSslVersion < 0x3020_0000 ? 15_000 : 30_000);
        Assert.True(left < 1000, $"{left} bytes of each session were not given back");
    }

    private static (long Held, long Kept, double Microseconds) Measure(TlsContext servers, TlsContext clients)
    {
        var sessions = new List<TlsSession>(SessionCount);
        var before = BytesInUse();
        var begun = Process.GetCurrentProcess().TotalProcessorTime;
        while (sessions.Count < SessionCount)
            sessions.Add(Connect(servers, clients));
        var spent = Process.GetCurrentProcess().TotalProcessorTime - begun;
        var held = BytesInUse() - before;
        sessions.ForEach(session => session.Dispose());
        sessions.Clear();
        var kept = BytesInUse() - before;
        return (held / SessionCount, kept / SessionCount, spent.TotalMicroseconds / SessionCount);
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

    /// <summary>Managed and native bytes. The resident set would tell of the collector's habits.</summary>
    private static long BytesInUse()
    {
        var native = mallinfo2();
        return GC.GetTotalMemory(forceFullCollection: true) + (long)(native.InUse + native.Mapped);
    }

    [LibraryImport("libc")]
    private static partial MallocUse mallinfo2();

    /// <summary>GNU C Library, Statistics for Memory Allocation with malloc, struct mallinfo2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MallocUse
    {
        public nuint Arena, FreeChunks, FastChunks, MappedRegions, Mapped;
        public nuint MaxTotal, FastBytes, InUse, Free, Releasable;
    }
}
