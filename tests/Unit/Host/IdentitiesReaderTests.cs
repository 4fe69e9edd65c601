using Sento.Host.Configuration;
using Sento.Host.Identities;
using Sento.Identity.DbAuth;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class IdentitiesReaderTests
{
    private const string Proxy = """
        Secrets: {app: {username: app, password: secret}}
        Proxies:
          - DBProxyName: shop
            EngineFamily: POSTGRESQL
            Auth: [{SecretArn: app, IAMAuth: REQUIRED}]
            Endpoints: [{Listen: ["127.0.0.1:6432"]}]
            TargetGroup: {Targets: [{Host: db}]}

        """;

    [Fact]
    public void Users_keys_policies_and_tags_are_read()
    {
        var reading = Read("""
            Identities:
              Region: eu-west-1
              Account: "123456789012"
              Users:
                - UserName: fn
                  Tags: [{Key: team, Value: data}]
                  AccessKeys:
                    - {AccessKeyId: AKIAEXAMPLE000000001, SecretAccessKey: "text:secret", Status: Inactive}
                  Policies:
                    - PolicyName: yaml
                      PolicyDocument:
                        Version: 2012-10-17
                        Statement: [{Effect: Allow, Action: "rds-db:connect", Resource: "*"}]
                    - PolicyName: json
                      PolicyDocument: '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
            """);

        Assert.Empty(reading.Findings);
        var user = Assert.Single(reading.Snapshot!.Identities.Users);
        var key = Assert.Single(user.AccessKeys);
        Assert.True(key.Secret.FixedTimeEquals("secret"u8));
        Assert.False(key.IsActive);
        var principal = FileIdentities.PrincipalOf(user, "123456789012");
        Assert.Equal("arn:aws:iam::123456789012:user/fn", principal.Arn);
        Assert.Equal("data", principal.Tags["TEAM"]);
        Assert.Equal(
            ["policy yaml of user fn", "policy json of user fn"], principal.Policies.Select(
                policy => policy.Name));
    }

    [Theory]
    [InlineData("Region: Frankfurt", "\"Frankfurt\" is not a region")]
    [InlineData("Account: 42", "\"42\" is not twelve digits")]
    [InlineData("Users: [{UserName: 'a b'}]", "\"a b\" is not a user name")]
    [InlineData("Users: [{UserName: a}, {UserName: A}]", "another user is already named \"A\"")]
    [InlineData("Users: [{UserName: a, AccessKeys: [{AccessKeyId: X, SecretAccessKey: s}]}]",
        "\"X\" is not the id of an access key")]
    [InlineData(
        "Users: [{UserName: a, AccessKeys: [{AccessKeyId: ASIAEXAMPLE000000001, SecretAccessKey: s}]}]",
        "ids of temporary keys begin with ASIA")]
    [InlineData("Users: [{UserName: a, AccessKeys: [{AccessKeyId: AKIAEXAMPLE000000001}]}]",
        "SecretAccessKey is missing")]
    [InlineData(
        "Users: [{UserName: a, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Maybe}}}]}]",
        "PolicyDocument: Statement.Effect: \"Maybe\" is not one of Allow, Deny")]
    [InlineData("Users: [{UserName: a, Policies: [{PolicyName: p, PolicyDocument: 'file:none.json'}]}]",
        "none.json can't be read")]
    public void Fault_is_told_with_its_place(string line, string fault)
    {
        var reading = Read("Identities:\n  " + line + "\n");

        Assert.False(reading.IsGood);
        Assert.Contains(reading.Findings, found => found.Fault.Message.Contains(fault) && found.At.Line == 9);
    }

    [Fact]
    public void Changed_identities_are_told_in_words_without_secrets()
    {
        const string before = """
            Identities:
              Users:
                - UserName: fn
                  AccessKeys: [{AccessKeyId: AKIAEXAMPLE000000001, SecretAccessKey: first}]
            """;
        var after = before.Replace("first", "other").Replace("UserName: fn", "UserName: fn")
            + "\n    - UserName: job\n";

        Assert.Equal(
            ["Identities User[fn] AccessKey[AKIAEXAMPLE000000001]: secret changed",
                "Identities User[job]: added"],
            SnapshotDiff.Describe(Read(before).Snapshot!, Read(after).Snapshot!));
    }

    [Fact]
    public void Endpoint_is_known_by_its_addresses_and_by_what_it_advertises()
    {
        var endpoint = new EndpointConfig
        {
            DBProxyEndpointName = "e",
            Listen = ["10.0.0.1:6432", "[::1]:6433", "/tmp/.s.PGSQL.6432"],
            AdvertisedHosts = ["db.example.com", "lb.example.com:5432", "[fd00::1]:5432"],
        };

        Assert.Equal(
            [
                new HostAndPort("10.0.0.1", 6432), new HostAndPort("localhost", 6433),
                new HostAndPort("127.0.0.1", 6433), new HostAndPort("::1", 6433), new HostAndPort(
                    "::1", 6433),
                new HostAndPort("db.example.com", 6432), new HostAndPort("db.example.com", 6433),
                new HostAndPort("lb.example.com", 5432), new HostAndPort("fd00::1", 5432),
            ],
            AdvertisedHosts.Of(endpoint));
    }

    [Fact]
    public void Endpoint_that_listens_everywhere_is_noted_when_it_takes_tokens()
    {
        var reading = ConfigurationReader.Read(
            new StringReader(Proxy.Replace("127.0.0.1:6432", "*:6432")), Environment.CurrentDirectory);

        Assert.True(reading.IsGood);
        Assert.Contains("tokens are taken for localhost only", Assert.Single(reading.Findings).Fault.Message);
    }

    [Fact]
    public void Principal_gets_its_share_of_each_second()
    {
        var rate = new PrincipalRate(2);
        var now = DateTimeOffset.UnixEpoch;

        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => rate.TryTake("a", now)));
        Assert.True(rate.TryTake("b", now));
        Assert.True(rate.TryTake("a", now.AddSeconds(1)));
        Assert.True(new PrincipalRate(0).TryTake("a", now));
    }

    private static ConfigurationReading Read(string identities) =>
        ConfigurationReader.Read(new StringReader(Proxy + identities), Environment.CurrentDirectory);
}
