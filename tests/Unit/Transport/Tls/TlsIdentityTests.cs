using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

public sealed class TlsIdentityTests : IDisposable
{
    private readonly CertificateFolder _folder = new();
    private readonly TlsServerOptions _server;

    public TlsIdentityTests() => _server = _folder.Server();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Unchanged_files_are_not_loaded_again()
    {
        var identity = Load();
        var context = identity.Current;

        Assert.Equal(TlsReload.Unchanged, identity.ReloadIfChanged(out var error));
        Assert.Null(error);
        Assert.Same(context, identity.Current);
    }

    [Fact]
    public void Changed_files_serve_new_sessions_while_old_ones_go_on()
    {
        var identity = Load();
        using var clients = TlsPair.ClientContext(new() { AuthoritiesFile = _folder.AuthorityFile });
        using var old = Connect(clients, identity);
        using var halfway = new TlsPair(TlsPair.ClientSession(clients), identity.Current.NewServerSession());
        var before = old.Client.Session.ReadPeer()!.Der;
        _folder.Server();

        Assert.Equal(TlsReload.Reloaded, identity.ReloadIfChanged(out _));
        GC.Collect();
        GC.WaitForPendingFinalizers();

        using var fresh = Connect(clients, identity);
        halfway.ConnectFully();
        Assert.Equal(before, halfway.Client.Session.ReadPeer()!.Der);
        Assert.NotEqual(before, fresh.Client.Session.ReadPeer()!.Der);
        Assert.NotEqual(
            old.Server.Session.ServerEndPointHash.ToArray(),
            fresh.Server.Session.ServerEndPointHash.ToArray());
        old.Client.Session.Encrypt("still here"u8, old.Client.Sent);
        old.Pump();
        Assert.Equal("still here"u8.ToArray(), old.Server.Received);
        Assert.Equal(TlsReload.Unchanged, identity.ReloadIfChanged(out _));
    }

    [Fact]
    public void A_broken_new_pair_keeps_the_old_one_and_is_told_once()
    {
        var identity = Load();
        var context = identity.Current;
        var key = File.ReadAllBytes(_server.KeyFile);
        File.WriteAllText(_server.KeyFile, "broken");

        Assert.Equal(TlsReload.Failed, identity.ReloadIfChanged(out var error));
        Assert.Contains(_server.KeyFile, error);
        Assert.Same(context, identity.Current);
        Assert.Equal(TlsReload.Unchanged, identity.ReloadIfChanged(out _));

        File.WriteAllBytes(_server.KeyFile, key);
        Assert.Equal(TlsReload.Reloaded, identity.ReloadIfChanged(out _));
    }

    [Fact]
    public void A_certificate_that_comes_before_its_key_waits_for_it()
    {
        var identity = Load();
        var other = _folder.Server("other");
        File.Copy(other.CertificateFile, _server.CertificateFile, overwrite: true);
        Assert.Equal(TlsReload.Failed, identity.ReloadIfChanged(out _));

        File.Copy(other.KeyFile, _server.KeyFile, overwrite: true);

        Assert.Equal(TlsReload.Reloaded, identity.ReloadIfChanged(out _));
    }

    [Fact]
    public void Files_behind_a_link_that_moves_are_seen_to_change()
    {
        _folder.Server("other");
        var link = _folder.File("current.crt");
        var key = _folder.File("current.key");
        File.CreateSymbolicLink(link, _server.CertificateFile);
        File.CreateSymbolicLink(key, _server.KeyFile);
        Assert.True(TlsIdentity.TryLoad(new TlsServerOptions(link, key), out var identity, out _));
        foreach (var (path, target) in new[] { (link, "other.crt"), (key, "other.key") })
        {
            File.Delete(path);
            File.CreateSymbolicLink(path, _folder.File(target));
        }

        Assert.Equal(TlsReload.Reloaded, identity.ReloadIfChanged(out _));
    }

    [Fact]
    public void Ticket_keys_are_renewed_in_silence()
    {
        var clock = new Clock();
        Assert.True(TlsIdentity.TryLoad(_server, out var identity, out _, clock));
        var context = identity.Current;
        clock.Now += TimeSpan.FromHours(11);
        Assert.Equal(TlsReload.Unchanged, identity.ReloadIfChanged(out _));
        Assert.Same(context, identity.Current);

        clock.Now += TimeSpan.FromHours(2);

        Assert.Equal(TlsReload.Unchanged, identity.ReloadIfChanged(out _));
        Assert.NotSame(context, identity.Current);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_self_signed_certificate_is_made_once_and_serves()
    {
        var folder = _folder.File("state");
        Assert.True(SelfSignedCertificate.TryFindOrMake(folder, out var options, out _));
        var made = File.ReadAllBytes(options.KeyFile);
        Assert.True(SelfSignedCertificate.TryFindOrMake(folder, out var again, out _));

        Assert.Equal(options, again);
        Assert.Equal(made, File.ReadAllBytes(again.KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(options.KeyFile));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(options.CertificateFile);
        Assert.InRange((certificate.NotAfter - DateTime.Now).TotalDays, 3600, 3700);
        foreach (var host in new[] { "localhost", "127.0.0.1", "::1" })
        {
            // The certificate itself is what a careful client trusts.
            var client = new TlsClientOptions { AuthoritiesFile = options.CertificateFile };
            using var pair = TlsPair.Of(options, client, host).ConnectFully();
        }
    }

    [Fact]
    public void Half_a_self_signed_pair_is_made_anew()
    {
        var folder = _folder.File("state");
        Assert.True(SelfSignedCertificate.TryFindOrMake(folder, out var options, out _));
        File.Delete(options.CertificateFile);

        Assert.True(SelfSignedCertificate.TryFindOrMake(folder, out options, out _));

        Assert.True(TlsContext.TryForServer(options, out _, out var error), error);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        var path = Path.Combine(_server.KeyFile, "below-a-file");

        Assert.False(SelfSignedCertificate.TryFindOrMake(path, out _, out var error));
        Assert.Contains(path, error);
    }

    private static TlsPair Connect(TlsContext clients, TlsIdentity identity) =>
        new TlsPair(TlsPair.ClientSession(clients), identity.Current.NewServerSession()).ConnectFully();

    private TlsIdentity Load()
    {
        Assert.True(TlsIdentity.TryLoad(_server, out var identity, out var error), error);
        return identity;
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
