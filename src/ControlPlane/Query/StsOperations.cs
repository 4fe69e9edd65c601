using System.Collections.Immutable;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Identity.Policies;
using Sento.Identity.Principals;

namespace Sento.ControlPlane.Query;

/// <summary>The operations of STS: who am I, and temporary credentials.</summary>
internal static class StsOperations
{
    private const string XmlNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    private const int SecondsMin = 900;
    private const int SecondsDefault = 3600;
    private const int UserSecondsMax = 129_600;

    public static IEnumerable<QueryOperation> All { get; } =
    [
        new("GetCallerIdentity", "sts", XmlNamespace, null, GetCallerIdentity),
        new("AssumeRole", "sts", XmlNamespace, RoleAndTrust, AssumeRole, NeedsResourcePolicy: true),
        new("AssumeRoleWithWebIdentity", "sts", XmlNamespace, RoleAndTrust, AssumeRoleWithWebIdentity,
            NeedsResourcePolicy: true) { IsByWebIdentity = true },
        new("GetSessionToken", "sts", XmlNamespace, null, GetSessionToken),
    ];

    private static void GetCallerIdentity(QueryCall call, QueryAnswer output)
    {
        output.Text("Arn", call.Principal.Arn);
        output.Text("UserId", call.Principal.UniqueId);
        output.Text("Account", call.Principal.Account);
    }

    /// <summary>A role that there is none of is refused as one that trusts nobody.</summary>
    private static (string Resource, PolicyDocument? Policy) RoleAndTrust(QueryCall call)
    {
        var arn = call.Form.Required("RoleArn");
        var role = RoleOf(call);
        return (arn, role is null ? null : PolicyDocument.Parse(role.Trust, PolicyUse.Trust).Document);
    }

    private static void AssumeRole(QueryCall call, QueryAnswer output) => Assume(call, output);

    private static void AssumeRoleWithWebIdentity(QueryCall call, QueryAnswer output)
    {
        var (token, issuer) = call.Web!.Value;
        Assume(call, output);
        output.Text("SubjectFromWebIdentityToken", token.Subject!);
        output.Text("Provider", issuer.Issuer);
        output.Text("Audience", issuer.AudienceOf(token)!);
    }

    private static void Assume(QueryCall call, QueryAnswer output)
    {
        var role = RoleOf(call)!;
        var name = call.Form.Required("RoleSessionName");
        if (!IdentityNames.IsName(name, charactersMin: 2))
            throw new ApiFault(
                "ValidationError", $"RoleSessionName must be 2 to 64 {IdentityNames.Letters}");
        // Not heeded, they would leave the session more than was asked for.
        if (call.Form.Text("PolicyArns.member.1.arn") is not null)
            throw new ApiFault(
                "ValidationError", "PolicyArns is not served: send the policy itself, as Policy");
        var policy = call.Form.Text("Policy");
        if (policy is not null
            && PolicyDocument.Parse(policy, PolicyUse.Identity) is { Document: null } reading)
            throw new ApiFault("MalformedPolicyDocument", string.Join("; ", reading.Faults));
        var seconds = call.Form.Number("DurationSeconds", SecondsDefault, SecondsMin, role.SessionSecondsMax);
        var session = NewSession(call, role.Id, seconds) with { SessionName = name, PolicyText = policy };
        WriteCredentials(call, output, session);
        output.Section("AssumedRoleUser", () =>
        {
            output.Text("AssumedRoleId", $"{role.Id}:{name}");
            output.Text("Arn", $"arn:aws:sts::{call.Vault.AccountId}:assumed-role/{role.Name}/{name}");
        });
    }

    private static void GetSessionToken(QueryCall call, QueryAnswer output)
    {
        // A session that could renew itself would never end.
        if (call.Principal.TokenIssuedAt is not null)
            throw new ApiFault("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
        var seconds = call.Form.Number("DurationSeconds", 43_200, SecondsMin, UserSecondsMax);
        WriteCredentials(call, output, NewSession(call, call.Principal.UniqueId, seconds));
    }

    private static RoleRecord? RoleOf(QueryCall call)
    {
        var arn = call.Form.Required("RoleArn");
        return call.Identities.Document.Roles.FirstOrDefault(role => call.RoleArn(role.Name) == arn);
    }

    private static Session NewSession(QueryCall call, string subjectId, int seconds) => new()
    {
        AccessKeyId = IdentityIds.NewKey(CredentialResolver.TemporaryKeyPrefix),
        Secret = IdentityIds.NewSecret(),
        SubjectId = subjectId,
        IssuedAt = call.Now,
        ExpiresAt = call.Now.AddSeconds(seconds),
        Tags = ImmutableDictionary<string, string>.Empty,
    };

    private static void WriteCredentials(QueryCall call, QueryAnswer output, Session session)
    {
        var token = call.Identities.Sessions.Issue(session);
        if (token.Length > Sento.Identity.IdentityLimits.SessionTokenCharactersMax)
            throw new ApiFault("PackedPolicyTooLarge", "The session policy is too large");
        output.Section("Credentials", () =>
        {
            output.Text("AccessKeyId", session.AccessKeyId);
            output.Text("SecretAccessKey", session.Secret);
            output.Text("SessionToken", token);
            output.Date("Expiration", session.ExpiresAt);
        });
    }
}
