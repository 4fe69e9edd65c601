using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>What a sign-in shows and costs: certificates, time, and what others feel of it.</summary>
public sealed class SignInCosts(Ground ground)
{
    [Theory]
    [InlineData("{SecretArn: app}")]
    [InlineData("{SecretArn: app, ClientPasswordAuthType: POSTGRES_MD5}")]
    public async Task An_unknown_user_is_refused_in_the_time_of_a_wrong_password(string auth)
    {
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(OwnProxy.Target(ground.Server.Port), auth: auth),
        });
        List<double> wrong = [], unknown = [];
        for (var i = 0; i < 120; i++)
        {
            wrong.Add(await Refusal(sento.Door("app", "wrong")));
            unknown.Add(await Refusal(sento.Door($"nobody{i}", "wrong")));
        }
        // Side by side, medians: a burst of the machine hits both. A key derived for one of them only would
        // be milliseconds, several times all the rest.
        Assert.InRange(Median(unknown) / Median(wrong), 0.6, 1.7);
    }

    [Fact]
    public async Task A_certificate_file_that_changes_is_shown_to_those_who_come_after()
    {
        using var authority = TestCertificate.Authority();
        using var first = authority.SignServer();
        using var second = authority.SignServer();
        var folder = Directory.CreateTempSubdirectory("sento-certificate-").FullName;
        try
        {
            var (file, key) = first.WriteTo(folder, "proxy");
            var files = $"Certificate: {{CertificateFile: {file}, PrivateKeyFile: {key}}}";
            await using var sento = await OwnProxy.Start(ground.Server.Port, proxy: files);
            await using var before = await ScriptedClient.Open(Shown(sento, first));
            second.WriteTo(folder, "proxy");
            await Eventually.Holds(() => IsShown(sento, second));
            Assert.Equal("1", (await before.Query("select 1")).Scalar);

            // A file that is no certificate changes nothing.
            await File.WriteAllTextAsync(file, "no certificate");
            await sento.WaitForLog("certificate");
            Assert.True(await IsShown(sento, second));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_certificate_one_is_made_at_the_first_start_and_kept()
    {
        var state = Directory.CreateTempSubdirectory("sento-state-").FullName;
        try
        {
            var shown = new List<string>();
            for (var start = 0; start < 2; start++)
            {
                await using var sento = await SentoProcess.Start(new SentoOptions
                {
                    Configuration = OwnProxy.Text(OwnProxy.Target(ground.Server.Port)),
                    Environment = new Dictionary<string, string?> { ["XDG_STATE_HOME"] = state },
                });
                await using var client = await ScriptedClient.Open(sento.Door() with
                {
                    Tls = TlsUse.Requested,
                    AcceptsCertificate = (_, certificate, _, _) =>
                    {
                        shown.Add(certificate!.GetCertHashString());
                        return shown[0] == shown[^1];
                    },
                });
                Assert.Equal("1", (await client.Query("select 1")).Scalar);
            }
            Assert.Equal(2, shown.Count);
            Assert.Equal(shown[0], shown[1]);
            const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.All(
                Directory.GetFiles(state, "*.key", SearchOption.AllDirectories),
                file => Assert.Equal(Own, File.GetUnixFileMode(file)));
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public async Task Hundreds_of_sign_ins_over_tls_do_not_stop_those_who_are_in()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port);
        await using var running = await ScriptedClient.Open(sento.Door());
        await running.Query("select 1");
        using var over = new CancellationTokenSource();
        var storm = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
                {
                    await using var client = await ScriptedClient.Open(
                        sento.Door() with { Tls = TlsUse.Requested, Deadline = TimeSpan.FromMinutes(2) });
                }));
            }
        });
        var slowest = new List<double>();
        for (var i = 0; i < 400; i++)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal("1", (await running.Query("select 1")).Scalar);
            slowest.Add(watch.Elapsed.TotalMilliseconds);
        }
        await over.CancelAsync();
        await storm;
        var signIns = (await sento.Metrics()).Sum("sento_client_connections_setup_succeeded_total");
        Assert.InRange(signIns, 100, 1e9);
        // Both sides of every handshake run on this machine too, so the bound is wide; a loop that did the
        // public-key work of twenty handshakes itself would be far above it every time.
        Assert.InRange(Median(slowest), 0, 100);
    }

    private static async Task<double> Refusal(ServerDoor door)
    {
        await using var client = await ScriptedClient.Connect(door);
        var watch = Stopwatch.StartNew();
        var replies = await client.SignIn();
        var elapsed = watch.Elapsed.TotalMicroseconds;
        Assert.Equal("28P01", replies.Error?.SqlState);
        return elapsed;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static ServerDoor Shown(SentoProcess sento, TestCertificate expected) => sento.Door() with
    {
        Tls = TlsUse.Requested,
        AcceptsCertificate = (_, certificate, _, _) =>
            certificate is X509Certificate2 shown && shown.Thumbprint == expected.Certificate.Thumbprint,
    };

    private static async Task<bool> IsShown(SentoProcess sento, TestCertificate expected)
    {
        try
        {
            await using var client = await ScriptedClient.Open(Shown(sento, expected));
            return true;
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }
}
