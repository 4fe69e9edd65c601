using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Xunit;

namespace Sento.Tests.Unit.Identities;

/// <summary>The evaluator against one that is slow and obvious, over random policies and requests.</summary>
public sealed class PolicyReferenceTests
{
    private static readonly string[] Actions = ["s:Get", "s:GetAll", "s:Put", "t:Get"];
    private static readonly string[] ActionPatterns =
        ["*", "s:*", "s:Get", "S:GET*", "s:?et", "t:Get", "s:P*t"];
    private static readonly string[] Names = ["a", "b", "a/b", "ab:c"];
    private static readonly string[] NamePatterns = ["*", "a", "b", "a*", "?", "a/?", "*:c", "a*b*"];
    private static readonly string[] Regions = ["r1", "r2"];
    private static readonly string[] RegionPatterns = ["*", "r1", "r?", "r2"];
    private static readonly string[] Users = ["alice", "bob"];
    private static readonly string[] Teams = ["red", "blue", ""];

    private static readonly string[] Operators =
        ["", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"];

    private static readonly Gen<Line> LineGen = Gen.Select(
        Gen.Bool, Gen.Bool, OneOf(ActionPatterns).Array[1, 2], Gen.Bool,
        Gen.Select(OneOf(RegionPatterns), OneOf(NamePatterns)).Array[1, 2],
        OneOf(Operators),
        OneOf("red", "r*", "blue", "?ed").Array[1, 2],
        (isDeny, isNotAction, actions, isNotResource, resources, by, values) =>
            new Line(isDeny, isNotAction, actions, isNotResource, resources, by, values));

    private static readonly Gen<Grant> GrantGen = Gen.Select(
        LineGen, OneOf("*", "alice", "bob", "root").Array[1, 2],
        (line, principals) => new Grant(line, principals));

    [Fact]
    public void Decides_as_the_reference()
    {
        var requests = Gen.Select(
            OneOf(Actions), OneOf(Regions), OneOf(Names), OneOf(Users),
            OneOf(Teams));
        Gen.Select(
            LineGen.Array[0, 3], LineGen.Array[0, 2], LineGen.Array[0, 2], GrantGen.Array[0, 3],
            Gen.Bool, Gen.Bool, requests)
            .Sample((identity, boundary, session, grants, hasBoundary, hasSession, ask) =>
            {
                var (action, region, name, user, team) = ask;
                var principal = SomeIdentities.User(user) with
                {
                    Policies = Attach(identity),
                    Boundary = hasBoundary ? Attach(boundary).FirstOrDefault() : null,
                    SessionPolicies = hasSession ? Attach(session) : [],
                };
                var values = new ConditionValues();
                if (team.Length > 0)
                    values.Set("x:team", team);
                var decision = PolicyEvaluator.Decide(new AccessRequest
                {
                    Principal = principal,
                    Action = action,
                    Resource = $"arn:aws:s:{region}:{SomeIdentities.Account}:{name}",
                    Values = values,
                    ResourcePolicy = grants.Length == 0
                        ? null
                        : SomeIdentities.Policy(Json(grants), PolicyUse.Resource),
                });

                bool Any(IEnumerable<Line> lines, bool isDeny) =>
                    lines.Any(line => line.IsDeny == isDeny && Speaks(line, action, region, name, team));
                var isBounded = principal.Boundary is not null;
                var isSession = !principal.SessionPolicies.IsEmpty;
                var spoken = grants.Where(grant => Speaks(grant.Line, action, region, name, team)).ToArray();
                bool Granted(params string[] to) => spoken.Any(
                    grant => !grant.Line.IsDeny && grant.Principals.Any(to.Contains));
                var isDenied = Any(identity, true) || (isBounded && Any(boundary, true))
                    || (isSession && Any(session, true))
                    || spoken.Any(
                        g => g.Line.IsDeny && g.Principals.Any(p => p == "*" || p == "root" || p == user));
                var isBoundMet = (!isBounded || Any(boundary, false)) && (!isSession || Any(session, false));
                var expected = !isDenied
                    && (Granted(user) || ((Any(identity, false) || Granted("*")) && isBoundMet));
                return decision.IsAllowed == expected;
            },
            iter: 20_000);
    }

    private static Gen<string> OneOf(params string[] texts) =>
        Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static bool Speaks(Line line, string action, string region, string name, string team)
    {
        static bool Like(string pattern, string text, RegexOptions options = RegexOptions.None) =>
            Regex.IsMatch(
            text, "^" + Regex.Escape(pattern).Replace("\\*", ".*").Replace("\\?", ".") + "$",
            options | RegexOptions.Singleline);
        var isAction = line.Actions.Any(pattern => Like(pattern, action, RegexOptions.IgnoreCase));
        var isResource = line.Resources.Any(r => Like(r.Region, region) && Like(r.Name, name));
        var isLike = line.By.Contains("Like");
        var isValue = team.Length > 0 && line.Values.Any(v => isLike ? Like(v, team) : v == team);
        var isMet = line.By switch
        {
            "" => true,
            "StringNotEquals" or "StringNotLike" => !isValue,
            "StringEqualsIfExists" => team.Length == 0 || isValue,
            _ => isValue,
        };
        return isAction != line.IsNotAction && isResource != line.IsNotResource && isMet;
    }

    private static System.Collections.Immutable.ImmutableArray<AttachedPolicy> Attach(Line[] lines) =>
        lines.Length == 0
        ? []
        : [new AttachedPolicy("random", SomeIdentities.Policy(Json(lines.Select(l => new Grant(l, [])))))];

    private static string Json(IEnumerable<Grant> grants) => JsonSerializer.Serialize(new
    {
        Version = "2012-10-17",
        Statement = grants.Select(grant =>
        {
            var line = grant.Line;
            var statement = new Dictionary<string, object>
            {
                ["Effect"] = line.IsDeny ? "Deny" : "Allow",
                [line.IsNotAction ? "NotAction" : "Action"] = line.Actions,
                [line.IsNotResource ? "NotResource" : "Resource"] = line.Resources
                    .Select(r => $"arn:aws:s:{r.Region}:{SomeIdentities.Account}:{r.Name}"),
            };
            if (grant.Principals.Length > 0)
            {
                statement["Principal"] = new Dictionary<string, object>
                {
                    ["AWS"] = grant.Principals.Select(p => p switch
                    {
                        "*" => "*",
                        "root" => SomeIdentities.Account,
                        _ => $"arn:aws:iam::{SomeIdentities.Account}:user/{p}",
                    }),
                };
            }
            if (line.By.Length > 0)
                statement["Condition"] = new Dictionary<string, object>
                {
                    [line.By] = new Dictionary<string, object> { ["x:team"] = line.Values },
                };
            return statement;
        }),
    });

    private sealed record Line(
        bool IsDeny, bool IsNotAction, string[] Actions, bool IsNotResource, (
            string Region, string Name)[] Resources,
        string By, string[] Values);

    private sealed record Grant(Line Line, string[] Principals);
}
