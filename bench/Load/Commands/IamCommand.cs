using System.Collections.Immutable;
using System.Diagnostics;
using Sento.Base;
using Sento.Identity.DbAuth;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Load.Contenders;
using Sento.Load.Measures;
using Sento.Load.Processes;
using Sento.Load.Reports;
using Sento.Load.Wire;

namespace Sento.Load.Commands;

/// <summary>
/// What IAM tokens cost: verifying one, signing in with one beside signing in with a password, and what a
/// storm of them does to traffic that is running.
/// </summary>
internal static class IamCommand
{
    private const string ConnectAsAnybody = """
        {"Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}}
        """;

    internal sealed record Options(int StormClients, TimeSpan Seconds, bool KeepsResults);

    public static int Run(Options options, Interruption interruption)
    {
        var programs = Programs.FromEnvironment();
        using var stage = new Stage(interruption, programs, scale: 1);
        using var sento = new SentoWithVault(stage, programs.Sento);
        sento.Start();
        var report = $"""
            ## Signing in with IAM tokens

            {MachineDescription.Lines(stage, [sento])}

            {Verifications(options.Seconds, interruption)}
            {SignIns(stage, sento, options.Seconds)}
            {TokenStorm.Run(stage, sento, options.StormClients)}
            """;
        Console.WriteLine(report);
        if (options.KeepsResults) ResultsFile.Append(report);
        return 0;
    }

    private static string Verifications(TimeSpan duration, Interruption interruption)
    {
        var policy = PolicyDocument.Parse(ConnectAsAnybody, PolicyUse.Identity).Document!;
        var owner = new Principal
        {
            Kind = PrincipalKind.User,
            Account = SentoWithVault.Account,
            Arn = $"arn:aws:iam::{SentoWithVault.Account}:user/fn",
            UniqueId = "AIDAFUNCTION",
            UserName = "fn",
            Policies = [new AttachedPolicy("connect", policy)],
        };
        const string id = "AKIAFUNCTION00000001", secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        var key = new AccessKey(id, SecretBytes.FromText(secret), true, owner);
        var verifier = new DbAuthVerifier(
            new CredentialResolver(new MemoryIdentities([key]), SessionTokens.OfThisProcess()));
        var terms = new DbAuthTerms
        {
            Region = SentoWithVault.Region,
            Account = SentoWithVault.Account,
            ResourceId = SentoWithVault.ResourceId,
            Hosts = [new HostAndPort("db.example.com", 5432)],
        };
        var table = new Table("token", "verifications/s on one core", "µs for each");
        Add("good", id, DbAuthVerdict.Good);
        Add("of an unknown key", "AKIAUNKNOWN000000001", DbAuthVerdict.KeyUnknown);
        return table.ToString();

        void Add(string name, string keyId, DbAuthVerdict expected)
        {
            using var bytes = SecretBytes.FromText(secret);
            var token = DbAuthTokenMaker.Make(
                "db.example.com", 5432, terms.Region, "app", keyId, bytes, null, DateTimeOffset.UtcNow);
            Measure(TimeSpan.FromSeconds(1));
            var perSecond = Measure(duration);
            table.Add(name, Text.Number(perSecond, "0"), Text.Number(1e6 / perSecond, "0.0"));

            double Measure(TimeSpan time)
            {
                var (count, started) = (0, Stopwatch.GetTimestamp());
                var cpu = CpuClock.Nanoseconds(Environment.ProcessId);
                while (Stopwatch.GetElapsedTime(started) < time)
                {
                    interruption.ThrowIfInterrupted();
                    for (var i = 0; i < 100; i++, count++)
                    {
                        var result = verifier.Verify(token, "app", terms, null, DateTimeOffset.UtcNow);
                        if (result.Verdict != expected)
                            throw new BenchFailure($"a token is {result.Verdict}");
                    }
                }

                // Time of ours alone: others may have had the core meanwhile.
                return count / ((CpuClock.Nanoseconds(Environment.ProcessId) - cpu) / 1e9);
            }
        }
    }

    private static string SignIns(Stage stage, SentoWithVault sento, TimeSpan duration)
    {
        var (user, password, database) = stage.Server.Credentials;
        var known = stage.Server.Credentials;
        var certificate = stage.Certificate.CertificatePath;
        ImmutableArray<(string Name, int Port, string? Certificate, Func<Contenders.Credentials> Who)> ways =
        [
            ("password by SCRAM", sento.Port, null, () => known),
            ("password by SCRAM, TLS", sento.Port, certificate, () => known),
            ("password in clear text, TLS", sento.TokenPort, certificate, () => known),
            ("token, TLS", sento.TokenPort, certificate, () => new(user, sento.NewToken(user), database)),
        ];
        var table = new Table(
            "sign-in", "one after another, each s", "Sento's CPU µs for each", "each s of a core");
        foreach (var (name, port, path, who) in ways)
        {
            Measure(TimeSpan.FromSeconds(2));
            var (perSecond, cpu) = Measure(duration);
            table.Add(
                name, Text.Number(perSecond, "0"), Text.Number(cpu, "0"), Text.Number(1e6 / cpu, "0"));

            (double PerSecond, double Cpu) Measure(TimeSpan time)
            {
                var (count, started) = (0, Stopwatch.GetTimestamp());
                var before = CpuClock.TreeNanoseconds(sento.ProcessId!.Value);
                while (Stopwatch.GetElapsedTime(started) < time)
                {
                    stage.Interruption.ThrowIfInterrupted();
                    using var client = RawClient.SignIn(port, who(), certificatePath: path);
                    count++;
                }

                var spent = CpuClock.TreeNanoseconds(sento.ProcessId!.Value) - before;
                return (count / Stopwatch.GetElapsedTime(started).TotalSeconds, spent / 1000.0 / count);
            }
        }

        return table.ToString();
    }
}
