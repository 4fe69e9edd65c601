using System.Collections.Immutable;
using System.Net;
using Sento.Identity.AwsCallers;
using Sento.Identity.DbAuth;
using Sento.Identity.Principals;
using Sento.Model;

namespace Sento.Host.Identities;

/// <summary>
/// Decides whether a presigned GetCallerIdentity lets its bearer sign in: AWS says who it is, policies here
/// say whether that may. Immutable but for what AWS has said; any thread.
/// </summary>
internal sealed class CallerJudge(AwsCallers callers, AwsCallersConfig config, IIdentitySource users)
{
    private readonly ImmutableArray<(string UserName, CallerPattern Arn)> _users =
    [
        .. config.Users
            .Select(user => (user.UserName, CallerPattern.TryParse(user.Arn, out var arn) ? arn : null))
            .Where(user => user.Item2 is not null)
            .Select(user => (user.UserName, user.Item2!)),
    ];

    /// <param name="asking">Set when AWS is being asked: judge again when it has ended.</param>
    public DbAuthResult Judge(
        string text, string dbUser, DbAuthTerms terms, IPAddress? source, DateTimeOffset now,
        out Task? asking)
    {
        asking = null;
        var read = CallerToken.Read(text, config.Regions, now, out var token);
        if (token is null)
            return new DbAuthResult(read);
        var known = callers.Find(text, token, config.ServerId, now, out asking);
        if (known.Arn is not { } arn)
            return new DbAuthResult(known.Verdict, token.AccessKeyId);
        var bearer = $"AWS caller {arn}";
        var name = CallerArn.Canonical(arn) is { } canonical
            ? _users.FirstOrDefault(user => user.Arn.Matches(canonical)).UserName : null;
        if (name is null || users.FindUserByName(name) is not { } user)
            return new DbAuthResult(DbAuthVerdict.UserUnmapped, token.AccessKeyId) { Bearer = bearer };
        var principal = user with { TokenIssuedAt = now };
        return DbAuthVerifier.Authorize(principal, [], dbUser, terms, source, now) with
        {
            Bearer = bearer,
            AccessKeyId = token.AccessKeyId,
            ExpiresAt = token.ExpiresAt,
        };
    }
}
