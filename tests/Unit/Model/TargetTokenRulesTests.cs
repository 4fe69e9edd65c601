using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Model;

/// <summary>What a proxy that signs in to targets with tokens must say, and may not.</summary>
public sealed class TargetTokenRulesTests
{
    private const string TlsPath = "Proxies[0].TargetGroup.Targets[0].Tls";

    [Theory]
    [InlineData(TargetTls.Disable)]
    [InlineData(TargetTls.Allow)]
    [InlineData(TargetTls.Prefer)]
    public void Token_never_goes_where_TLS_may_be_missing(TargetTls tls) =>
        Contains(With(tls), FaultSeverity.Fault, TlsPath, "tokens of IAM_AUTH go in clear text");

    [Fact]
    public void Certificate_that_nobody_checks_is_warned_of_and_one_that_is_checked_is_not()
    {
        Contains(With(TargetTls.Require), FaultSeverity.Note, TlsPath, "whoever answers there");
        Assert.DoesNotContain(
            SnapshotValidator.Validate(With(TargetTls.VerifyFull)), fault => fault.Path == TlsPath);
    }

    [Fact]
    public void Nobody_needs_an_entry_of_Auth() => Assert.DoesNotContain(
        SnapshotValidator.Validate(With(TargetTls.VerifyFull, proxy => proxy with { Auth = [] })),
        fault => fault.Severity == FaultSeverity.Fault);

    [Fact]
    public void Whoever_has_no_entry_sends_a_token_and_is_not_looked_up_too() => Contains(
        With(TargetTls.VerifyFull, proxy => proxy with
        {
            AuthQuery = new AuthQueryConfig("app", "app", null) { Secret = Snapshots.Auth("a", "a").Secret },
        }),
        FaultSeverity.Fault, "Proxies[0].AuthQuery", "can't be asked");

    [Fact]
    public void Role_is_an_ARN_and_needs_tokens()
    {
        Contains(
            With(TargetTls.VerifyFull, proxy => proxy with { RoleArn = "sento" }),
            FaultSeverity.Fault, "Proxies[0].RoleArn", "sento");
        Contains(
            Snapshots.With(proxy => proxy with { RoleArn = "arn:aws:iam::123456789012:role/sento" }),
            FaultSeverity.Note, "Proxies[0].RoleArn", "no effect without DefaultAuthScheme IAM_AUTH");
    }

    [Fact]
    public void MySQL_without_entries_names_whose_token_asks_first()
    {
        Contains(
            With(TargetTls.VerifyFull, proxy => proxy with { EngineFamily = EngineFamily.MySql, Auth = [] }),
            FaultSeverity.Fault, "Proxies[0].ProbeUser", "is missing");
        Assert.DoesNotContain(
            SnapshotValidator.Validate(With(TargetTls.VerifyFull, proxy => proxy with
            {
                EngineFamily = EngineFamily.MySql,
                Auth = [],
                ProbeUser = "fn",
            })),
            fault => fault.Path == "Proxies[0].ProbeUser");
    }

    private static ProxySnapshot With(TargetTls tls, Func<ProxyConfig, ProxyConfig>? change = null) =>
        Snapshots.With(proxy =>
        {
            var made = proxy with
            {
                DefaultAuthScheme = DefaultAuthScheme.IamAuth,
                TargetGroup = proxy.TargetGroup with
                {
                    Targets = [proxy.TargetGroup.Targets[0] with { Tls = tls }],
                },
            };
            return change is null ? made : change(made);
        });

    private static void Contains(
        ProxySnapshot snapshot, FaultSeverity severity, string path, string words) =>
        Assert.Contains(
            SnapshotValidator.Validate(snapshot),
            fault => fault.Path == path && fault.Severity == severity
                && fault.Message.Contains(words, StringComparison.Ordinal));
}
