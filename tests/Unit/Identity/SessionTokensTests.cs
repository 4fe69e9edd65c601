using System.Collections.Immutable;
using System.Security.Cryptography;
using Sento.Base;
using Sento.Identity.Principals;
using Xunit;

namespace Sento.Tests.Unit.Identities;

public sealed class SessionTokensTests
{
    private static readonly Session Job = new()
    {
        AccessKeyId = "ASIAEXAMPLE",
        Secret = "the secret of a session",
        SubjectId = "AROAREADER",
        SessionName = "job",
        IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_700_003_600),
        Tags = ImmutableDictionary<string, string>.Empty.Add("team", "data"),
        PolicyText = "{}",
    };

    [Fact]
    public void Token_opens_to_what_was_issued()
    {
        var tokens = SessionTokens.OfThisProcess();

        Assert.True(tokens.TryOpen(tokens.Issue(Job), out var session));
        Assert.Equal(Job with { Tags = session.Tags }, session);
        Assert.Equal(Job.Tags, session.Tags);
    }

    [Fact]
    public void Secret_can_not_be_read_from_the_token()
    {
        var bytes = Convert.FromBase64String(SessionTokens.OfThisProcess().Issue(Job));

        Assert.DoesNotContain(Job.Secret, System.Text.Encoding.Latin1.GetString(bytes));
    }

    [Fact]
    public void Any_changed_character_spoils_the_token()
    {
        var tokens = SessionTokens.OfThisProcess();
        var token = tokens.Issue(Job);
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.False(tokens.TryOpen(new string(changed), out _), $"character {i}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AQ==")]
    [InlineData("not base64 at all")]
    [InlineData("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Foreign_text_does_not_open(string text) =>
        Assert.False(SessionTokens.OfThisProcess().TryOpen(text, out _));

    [Fact]
    public void Token_beyond_the_bound_does_not_open() =>
        Assert.False(SessionTokens.OfThisProcess().TryOpen(new string('A', 64 * 1024), out _));

    [Fact]
    public void New_key_in_front_opens_the_tokens_of_the_old_one()
    {
        var (old, young) = (NewKey(1), NewKey(2));
        var token = new SessionTokens([old]).Issue(Job);

        Assert.True(new SessionTokens([young, old]).TryOpen(token, out _));
        Assert.False(new SessionTokens([young]).TryOpen(token, out _));
        Assert.False(new SessionTokens([(1, young.Item2)]).TryOpen(token, out _));
    }

    [Fact]
    public void Role_that_revokes_its_sessions_lets_none_of_before_in()
    {
        var role = SomeIdentities.Role("reader") with { SessionsValidFrom = Job.IssuedAt.AddSeconds(1) };
        var tokens = SessionTokens.OfThisProcess();
        var resolver = new CredentialResolver(new MemoryIdentities([], [role]), tokens);

        var found = resolver.Resolve(
            Job.AccessKeyId, tokens.Issue(Job with { PolicyText = null }), Job.IssuedAt);

        Assert.Equal(CredentialStatus.TokenRevoked, found.Status);
    }

    private static (byte, SecretBytes) NewKey(byte number) =>
        (number, new SecretBytes(RandomNumberGenerator.GetBytes(SessionTokens.KeyBytes)));
}
