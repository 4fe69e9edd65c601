using System.Net;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Xunit;

namespace Sento.Tests.Unit.Identities;

public sealed class PolicyEvaluatorTests
{
    private const string Secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf";
    private const string Read = "secretsmanager:GetSecretValue";
    private const string AllowAll = """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    [Fact]
    public void Nothing_is_allowed_by_itself()
    {
        var decision = Decide(SomeIdentities.User("app"));

        Assert.Equal(DecisionKind.NoIdentityPolicyAllows, decision.Kind);
        Assert.Equal(
            $"User: arn:aws:iam::123456789012:user/app is not authorized to perform: {Read} "
            + $"on resource: {Secret} because no identity-based policy allows the {Read} action",
            decision.Refusal(Request(SomeIdentities.User("app"))));
    }

    [Fact]
    public void Identity_policy_allows_and_is_named()
    {
        var decision = Decide(SomeIdentities.User("app", Allow(Secret)));

        Assert.True(decision.IsAllowed);
        Assert.Equal("policy0, statement 1 (A)", decision.Deciding!.Place);
    }

    [Fact]
    public void Explicit_deny_wins_wherever_it_stands()
    {
        const string deny = """{"Statement":{"Sid":"D","Effect":"Deny","Action":"*","Resource":"*"}}""";
        var user = SomeIdentities.User("app", AllowAll);

        Assert.Equal(DecisionKind.ExplicitDeny, Decide(SomeIdentities.User("app", AllowAll, deny)).Kind);
        Assert.Equal(DecisionKind.ExplicitDeny, Decide(SomeIdentities.User("app", deny, AllowAll)).Kind);
        Assert.Equal(DecisionKind.ExplicitDeny, Decide(user with { Boundary = Attached(deny) }).Kind);
        Assert.Equal(
            DecisionKind.ExplicitDeny, Decide(user with { SessionPolicies = [Attached(deny)] }).Kind);
        Assert.Equal(
            DecisionKind.ExplicitDeny,
            Decide(user, deny.Replace("\"Action\"", "\"Principal\":\"*\",\"Action\"")).Kind);
    }

    [Theory]
    [InlineData("secretsmanager:GetSecretValue", true)]
    [InlineData("SECRETSMANAGER:getsecretvalue", true)]
    [InlineData("secretsmanager:Get*", true)]
    [InlineData("secretsmanager:*Secret?alue", true)]
    [InlineData("*:*", true)]
    [InlineData("secretsmanager:Put*", false)]
    [InlineData("secretsmanager:GetSecret", false)]
    [InlineData("rds:*", false)]
    public void Actions_match_without_regard_to_case(string action, bool isAllowed) => Assert.Equal(
        isAllowed, Decide(SomeIdentities.User("app", Allow("*", action))).IsAllowed);

    [Theory]
    [InlineData("arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/*", true)]
    [InlineData("arn:aws:secretsmanager:*:*:secret:*", true)]
    [InlineData("arn:aws:secretsmanager:*", true)]
    [InlineData("arn:aws:secretsmanager:eu-*:123456789012:secret:prod/db-??????", true)]
    [InlineData("arn:aws:secretsmanager:eu-west-1:123456789012:secret:PROD/*", false)]
    [InlineData("arn:aws:secretsmanager:eu-west-1:*:secret:prod/db-?????", false)]
    [InlineData("arn:aws:secretsmanager:us-*:123456789012:secret:prod/*", false)]
    [InlineData("arn:aws:rds:*", false)]
    public void Resources_match_segment_by_segment_and_with_case(string resource, bool isAllowed) =>
        Assert.Equal(isAllowed, Decide(SomeIdentities.User("app", Allow(resource))).IsAllowed);

    [Fact]
    public void Wildcard_does_not_reach_into_the_next_segment()
    {
        var user = SomeIdentities.User(
            "app", Allow("arn:aws:rds-db:*:123456789012:dbuser:prx-1/app", "rds-db:connect"));
        var request = Request(user) with
        {
            Action = "rds-db:connect",
            Resource = "arn:aws:rds-db:eu-west-1:999999999999:dbuser:x:123456789012:dbuser:prx-1/app",
            ResourceAccount = SomeIdentities.Account,
        };

        Assert.False(PolicyEvaluator.Decide(request).IsAllowed);
    }

    [Fact]
    public void NotAction_and_NotResource_are_complements()
    {
        const string all = """{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}""";
        const string others = """
            {"Statement":{"Effect":"Allow","Action":"*",
              "NotResource":"arn:aws:secretsmanager:*:*:secret:prod/*"}}
            """;

        Assert.True(Decide(SomeIdentities.User("app", all)).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("app", others)).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("app", all.Replace("iam", "secretsmanager"))).IsAllowed);
    }

    [Theory]
    [InlineData("\"*\"", true)]
    [InlineData("""{"AWS":"*"}""", true)]
    [InlineData("""{"AWS":"arn:aws:iam::123456789012:user/app"}""", true)]
    [InlineData("""{"AWS":["123456789012","arn:aws:iam::123456789012:user/app"]}""", true)]
    [InlineData("""{"AWS":"123456789012"}""", false)]
    [InlineData("""{"AWS":"arn:aws:iam::123456789012:root"}""", false)]
    [InlineData("""{"AWS":"arn:aws:iam::123456789012:user/other"}""", false)]
    [InlineData("""{"AWS":"arn:aws:iam::123456789012:user/App"}""", false)]
    [InlineData("""{"Service":"rds.amazonaws.com"}""", false)]
    public void Resource_policy_allows_whom_it_names_and_leaves_accounts_to_their_own_policies(
        string principal, bool isAllowed)
    {
        var policy = $$$"""
            {"Statement":{"Effect":"Allow","Principal":{{{principal}}},"Action":"*","Resource":"*"}}
            """;

        Assert.Equal(isAllowed, Decide(SomeIdentities.User("app"), policy).IsAllowed);
    }

    [Fact]
    public void NotPrincipal_spares_whom_it_names()
    {
        const string policy = """
            {"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/app"},
              "Action":"*","Resource":"*"}}
            """;

        Assert.True(Decide(SomeIdentities.User("app", AllowAll), policy).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("other", AllowAll), policy).IsAllowed);
    }

    [Fact]
    public void Across_accounts_both_sides_must_allow()
    {
        const string open = """
            {"Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}}
            """;
        Decision Of(Principal user, string? policy) => PolicyEvaluator.Decide(
            Request(user, policy) with { Resource = Secret.Replace("123456789012", "999999999999") });

        Assert.Equal(
            DecisionKind.NoResourcePolicyAllows, Of(SomeIdentities.User("app", AllowAll), null).Kind);
        Assert.Equal(DecisionKind.NoIdentityPolicyAllows, Of(SomeIdentities.User("app"), open).Kind);
        Assert.True(Of(SomeIdentities.User("app", AllowAll), open).IsAllowed);
    }

    [Fact]
    public void Boundary_and_session_policies_bound_what_identity_policies_allow()
    {
        var user = SomeIdentities.User("app", AllowAll);

        Assert.Equal(
            DecisionKind.NoBoundaryAllows, Decide(
                user with { Boundary = Attached(Allow("arn:aws:rds:*")) }).Kind);
        Assert.Equal(
            DecisionKind.NoSessionPolicyAllows,
            Decide(user with { SessionPolicies = [Attached(Allow("arn:aws:rds:*"))] }).Kind);
        Assert.True(Decide(user with { Boundary = Attached(Allow(Secret)) }).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("app") with { Boundary = Attached(AllowAll) }).IsAllowed);
    }

    [Fact]
    public void Resource_policy_that_names_the_session_is_not_held_back_and_one_that_names_its_role_is()
    {
        var session = new Principal
        {
            Kind = PrincipalKind.AssumedRole,
            Account = SomeIdentities.Account,
            Arn = "arn:aws:sts::123456789012:assumed-role/reader/job",
            UniqueId = "AROAREADER:job",
            RoleArn = "arn:aws:iam::123456789012:role/reader",
            SessionPolicies = [Attached(Allow("arn:aws:rds:*"))],
        };
        string Naming(string arn) => $$$"""
            {"Statement":{"Effect":"Allow","Principal":{"AWS":"{{{arn}}}"},"Action":"*","Resource":"*"}}
            """;

        Assert.True(Decide(session, Naming(session.Arn)).IsAllowed);
        Assert.Equal(DecisionKind.NoSessionPolicyAllows, Decide(session, Naming(session.RoleArn)).Kind);
        Assert.True(Decide(session with { SessionPolicies = [] }, Naming(session.RoleArn)).IsAllowed);
    }

    [Fact]
    public void Variables_stand_for_literal_text()
    {
        const string policy = """
            {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*",
              "Resource":"arn:aws:secretsmanager:*:*:secret:${aws:username}/*"}}
            """;

        Assert.True(Decide(SomeIdentities.User("prod", policy)).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("app", policy)).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("*", policy)).IsAllowed);
        Assert.False(Decide(SomeIdentities.User("????", policy)).IsAllowed);
        Assert.False(
            Decide(SomeIdentities.User("prod", policy.Replace("2012-10-17", "2008-10-17"))).IsAllowed);
        Assert.False(
            Decide(SomeIdentities.User("prod", policy.Replace("aws:username", "aws:absent"))).IsAllowed);
        Assert.True(Decide(
            SomeIdentities.User("prod", policy.Replace("aws:username", "aws:absent, 'prod'"))).IsAllowed);
    }

    [Theory]
    [InlineData("""{"StringEquals":{"aws:username":"app"}}""", true)]
    [InlineData("""{"StringEquals":{"AWS:UserName":["x","app"]}}""", true)]
    [InlineData("""{"StringEquals":{"aws:username":"App"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:username":"a*"}}""", false)]
    [InlineData("""{"StringEqualsIgnoreCase":{"aws:username":"APP"}}""", true)]
    [InlineData("""{"StringNotEquals":{"aws:username":["x","app"]}}""", false)]
    [InlineData("""{"StringNotEquals":{"aws:username":["x","y"]}}""", true)]
    [InlineData("""{"StringLike":{"aws:username":"a?p"}}""", true)]
    [InlineData("""{"StringNotLike":{"aws:username":"a*"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:username":"app","aws:absent":"x"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:absent":"x"}}""", false)]
    [InlineData("""{"StringNotEquals":{"aws:absent":"x"}}""", true)]
    [InlineData("""{"StringEqualsIfExists":{"aws:absent":"x"}}""", true)]
    [InlineData("""{"Null":{"aws:absent":"true"}}""", true)]
    [InlineData("""{"Null":{"aws:absent":false}}""", false)]
    [InlineData("""{"Null":{"aws:username":false}}""", true)]
    [InlineData("""{"Bool":{"aws:SecureTransport":true}}""", true)]
    [InlineData("""{"Bool":{"aws:SecureTransport":"FALSE"}}""", false)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":["192.0.2.1","10.0.0.0/8"]}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"10.1.2.9/24"}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"10.1.2.4"}}""", false)]
    [InlineData("""{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}""", false)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"::/0"}}""", false)]
    [InlineData("""{"DateLessThan":{"aws:CurrentTime":"2026-11-23T10:00:01Z"}}""", true)]
    [InlineData("""{"DateLessThan":{"aws:CurrentTime":"2026-11-23T10:00:00Z"}}""", false)]
    [InlineData("""{"DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-23"}}""", true)]
    [InlineData("""{"DateEquals":{"aws:CurrentTime":"1795428000"}}""", true)]
    [InlineData("""{"NumericGreaterThan":{"aws:EpochTime":1700000000}}""", true)]
    [InlineData("""{"NumericLessThanEquals":{"aws:EpochTime":"1.5"}}""", false)]
    [InlineData("""{"NumericNotEquals":{"aws:username":"5"}}""", true)]
    [InlineData("""{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"}}""", true)]
    [InlineData("""{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}""", false)]
    [InlineData("""{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}""", true)]
    [InlineData("""{"BinaryEquals":{"test:bytes":"AQI="}}""", true)]
    [InlineData("""{"StringEquals":{"aws:PrincipalTag/team":"data"}}""", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"test:list":["b","z"]}}""", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"test:list":["z"]}}""", false)]
    [InlineData("""{"ForAnyValue:StringEquals":{"aws:absent":["z"]}}""", false)]
    [InlineData("""{"ForAllValues:StringEquals":{"test:list":["a","b","c"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"test:list":["a"]}}""", false)]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:absent":["a"]}}""", true)]
    [InlineData("""{"ForAllValues:StringNotEquals":{"test:list":["z"]}}""", true)]
    [InlineData("""{"ForAnyValue:StringNotEquals":{"test:list":["a","b"]}}""", false)]
    public void Condition_decides(string condition, bool isAllowed)
    {
        var policy = $$$"""
            {"Version":"2012-10-17",
             "Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}
            """;
        var user = SomeIdentities.User("app", policy);
        user = user with { Tags = user.Tags.Add("team", "data") };

        var decision = Decide(user);

        Assert.Equal(isAllowed, decision.IsAllowed);
        Assert.Equal(isAllowed, decision.Reviews[0].FailedCondition is null);
    }

    [Fact]
    public void Pattern_of_many_stars_is_decided_fast()
    {
        var pattern = string.Concat(Enumerable.Repeat("a*", 900)) + "b";
        Assert.True(TextPattern.TryParse(pattern, PatternSyntax.Wildcards, out var parsed, out _));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        Assert.False(parsed.Matches(new string('a', 20_000), null));

        // Exponential backtracking would take longer than the universe has.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("\"*\"", "{}", true)]
    [InlineData("\"*\"", """{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}""", false)]
    [InlineData("\"*\"", """{"StringLike":{"aws:PrincipalAccount":"*"}}""", true)]
    [InlineData("\"*\"", """{"StringEqualsIfExists":{"aws:PrincipalAccount":"1"}}""", true)]
    [InlineData("\"*\"", """{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}""", true)]
    [InlineData("\"*\"", """{"Bool":{"aws:SecureTransport":true}}""", true)]
    [InlineData("""{"AWS":"123456789012"}""", "{}", false)]
    public void Public_access_is_found(string principal, string condition, bool isPublic)
    {
        var policy = SomeIdentities.Policy(
            $$$"""
            {"Statement":{"Effect":"Allow","Principal":{{{principal}}},"Action":"*","Resource":"*",
              "Condition":{{{condition}}}}}
            """,
            PolicyUse.Resource);

        Assert.Equal(isPublic, PublicAccess.Find(policy) is not null);
    }

    private static string Allow(string resource, string action = Read) =>
        $$"""{"Statement":[{"Sid":"A","Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}]}""";

    private static AttachedPolicy Attached(string json) => new("bound", SomeIdentities.Policy(json));

    private static Decision Decide(Principal principal, string? resourcePolicy = null) =>
        PolicyEvaluator.Decide(Request(principal, resourcePolicy));

    private static AccessRequest Request(Principal principal, string? resourcePolicy = null) => new()
    {
        Principal = principal,
        Action = Read,
        Resource = Secret,
        ResourcePolicy =
            resourcePolicy is null ? null : SomeIdentities.Policy(resourcePolicy, PolicyUse.Resource),
        Values = ConditionValues
            .Of(principal, RequestSigner.Now, IPAddress.Parse("::ffff:10.1.2.3"), isTls: true, "eu-west-1")
            .Set("test:list", "a", "b")
            .Set("test:bytes", "AQI="),
    };
}
