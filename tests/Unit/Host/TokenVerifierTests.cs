using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.DataPlane.Metrics;
using Sento.Host.Identities;
using Sento.Model;
using Sento.Tests.Support;
using Sento.Tests.Unit.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>Sign-ins that wait until AWS, which takes its time, has been asked about their tokens.</summary>
public sealed class TokenVerifierTests : IDisposable
{
    private const int WaitingMax = 1000;

    private readonly TaskCompletionSource<string?> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<string?> _never = new();
    private readonly TokenAuthority _authority;
    private readonly TokenVerifier _verifier;

    public TokenVerifierTests()
    {
        _authority = new TokenAuthority(new AwsCallers(
            (token, _) => token.AccessKeyId == "AKIAFIRST" ? _answer.Task : _never.Task));
        _authority.Apply(new IdentitiesConfig
        {
            AwsCallers = new AwsCallersConfig { ServerId = "sento-tests", Regions = [CallerTokens.Region] },
        });
        _verifier = new TokenVerifier(
            _authority, Snapshots.Proxy("shop", "127.0.0.1:6432"), new SessionLog(Log.Silent, "shop", false));
    }

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Clients_that_leave_while_AWS_is_asked_make_room_when_it_has_answered()
    {
        using var left = new CountdownEvent(WaitingMax);
        var first = Token("AKIAFIRST");
        for (var i = 0; i < WaitingMax; i++)
            Assert.Null(Verify(first, _ => left.Signal()));
        Assert.Equal(TokenVerdict.TooMany, Verify(Token("AKIASECOND"), _ => { })?.Verdict);

        _answer.SetResult(null);
        Assert.True(left.Wait(Eventually.Deadline));

        Assert.Null(Verify(Token("AKIASECOND"), _ => { }));
    }

    [Fact]
    public async Task Client_that_stays_is_answered_when_AWS_has_answered()
    {
        var told = new TaskCompletionSource<Func<TokenAnswer>>();
        var first = Token("AKIAFIRST");
        Assert.Null(Verify(first, told.SetResult));

        _answer.SetResult("arn:aws:iam::123456789012:user/nobody");

        Assert.Equal(TokenVerdict.Refused, (await told.Task.WaitAsync(Eventually.Deadline))().Verdict);
        Assert.Equal(TokenVerdict.Refused, Verify(first, _ => { })?.Verdict);
    }

    [Fact]
    public void Token_for_an_endpoint_that_is_gone_by_now_is_refused() => Assert.Equal(
        TokenVerdict.Refused,
        Verify("127.0.0.1:6432/?Action=connect&X-Amz-Signature=0", _ => { }, "gone")?.Verdict);

    private static string Token(string key) => CallerTokens.Make(key, 1, DateTimeOffset.UtcNow);

    private TokenAnswer? Verify(
        string token, Action<Func<TokenAnswer>> later, string endpoint = "default") =>
        _verifier.Verify(
            new TokenQuestion(SecretBytes.FromText(token), "app", endpoint, 1, "127.0.0.1:50000"), later);
}
