using System.Text;
using CsCheck;
using Sento.Identity;
using Sento.Identity.Policies;
using Xunit;

namespace Sento.Tests.Unit.Identities;

public sealed class PolicyReaderTests
{
    [Theory]
    [InlineData("", "is not JSON: line 1, byte 1")]
    [InlineData("[]", "must be an object")]
    [InlineData("{}", "Statement: is missing")]
    [InlineData("""{"Statement":[]}""", "Statement: has 0 statements; allowed: 1 to 256")]
    [InlineData("""{"Version":"2011-01-01","Statement":@}""",
        "Version: \"2011-01-01\" is not one of 2012-10-17, 2008-10-17")]
    [InlineData("""{"statement":@}""", "statement: is not known here; allowed: Version, Id, Statement")]
    [InlineData("""{"Statement":@,"Statement":@}""", "Statement: stands twice")]
    [InlineData("""{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}""",
        "Statement.Effect: \"allow\" is not one of Allow, Deny")]
    [InlineData("""{"Statement":{"Action":"*","Resource":"*"}}""",
        "Statement.Effect: is missing; allowed: Allow, Deny")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}""",
        "Statement: has both Action and NotAction")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Resource":"*"}}""", "Statement: needs Action or NotAction")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Action":"*"}}""", "Statement: needs Resource or NotResource")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}""",
        "Statement.Action: is an empty list")]
    [InlineData(
        """{"Statement":{"Effect":"Allow","Action":7,"Resource":"*"}}""", "Statement.Action: must be a text")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"read","Resource":"*"}}""",
        "Statement.Action: \"read\" is not an action; allowed: service:Name, wildcards in the name, or *")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"db"}}""",
        "Statement.Resource: \"db\" must be in ARN format or \"*\"")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:::x"}}""",
        "Statement.Resource: \"arn:aws:*:::x\": the service of an ARN can't have wildcards")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:rds"}}""",
        "Statement.Resource: \"arn:aws:rds\" must have six segments, or end with \"*\"")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}""",
        "Statement.Principal: can't stand here: an identity policy speaks of whom it is attached to")]
    [InlineData("""{"Statement":~,"Condition":{"stringEquals":{"a:b":"c"}}}}""",
        "Statement.Condition.stringEquals: is not a condition operator")]
    [InlineData("""{"Statement":~,"Condition":{"ForAllValues:Null":{"a:b":"true"}}}}""",
        "Statement.Condition.ForAllValues:Null: is not a condition operator")]
    [InlineData("""{"Statement":~,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}}}""",
        "Statement.Condition.IpAddress.aws:SourceIp: \"10.0.0.0/33\" is not an IP address or range as "
        + "10.0.0.0/8")]
    [InlineData("""{"Statement":~,"Condition":{"IpAddress":{"aws:SourceIp":"10.1"}}}}""",
        "Statement.Condition.IpAddress.aws:SourceIp: \"10.1\" is not an IP address or range as 10.0.0.0/8")]
    [InlineData("""{"Statement":~,"Condition":{"Bool":{"a:b":"yes"}}}}""",
        "Statement.Condition.Bool.a:b: \"yes\" is not true or false")]
    [InlineData(
        """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"arn:a:b:::${x}"}}""",
        "Statement.Resource: ${x} is not a policy variable")]
    [InlineData("""{"Statement":[@,{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}]}""",
        "Statement[1].Sid: \"a b\" may have letters and digits only")]
    public void Fault_is_said_with_its_place(string json, string fault)
    {
        const string good = """{"Effect":"Allow","Action":"*","Resource":"*"}""";
        var reading = PolicyDocument.Parse(
            json.Replace("@", good).Replace("~", good[..^1]), PolicyUse.Identity);

        Assert.Null(reading.Document);
        Assert.Contains(fault, reading.Faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("arn:aws:iam::123456789012:user/*")]
    [InlineData("arn:aws:iam::123456789012:group/x")]
    [InlineData("arn:aws:iam::12345:user/x")]
    [InlineData("AIDAEXAMPLE")]
    [InlineData("")]
    public void Principal_that_names_nobody_in_particular_is_a_fault(string principal)
    {
        var json = $$$"""
            {"Statement":{"Effect":"Allow","Principal":{"AWS":"{{{principal}}}"},"Action":"*","Resource":"*"}}
            """;

        Assert.StartsWith(
            $"Statement.Principal.AWS: \"{principal}\" is not a principal",
            Assert.Single(PolicyDocument.Parse(json, PolicyUse.Resource).Faults).ToString());
    }

    [Fact]
    public void All_faults_are_said_at_once()
    {
        const string json = """
            {"Version":"1","Statement":[{"Effect":"x","Action":"y","Resource":"z"},{"Effect":"Allow"}]}
            """;

        Assert.Equal(
            [
                "Version", "Statement[0].Effect", "Statement[0].Action", "Statement[0].Resource",
                "Statement[1]", "Statement[1]",
            ],
            PolicyDocument.Parse(json, PolicyUse.Identity).Faults.Select(f => f.Path));
    }

    [Fact]
    public void Policy_is_bounded()
    {
        var tooLong = "{" + new string(' ', IdentityLimits.PolicyBytesMax) + "}";
        var tooDeep = """{"Statement":""" + new string('[', 5000) + new string(']', 5000) + "}";

        Assert.Equal(
            "is longer than 20480 bytes",
            Assert.Single(PolicyDocument.Parse(tooLong, PolicyUse.Identity).Faults).ToString());
        Assert.StartsWith(
            "is not JSON", Assert.Single(
                PolicyDocument.Parse(tooDeep, PolicyUse.Identity).Faults).ToString());
    }

    [Fact]
    public void Trust_policy_has_principals_and_no_resource()
    {
        const string good = """
            {"Statement":{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},"Action":"sts:*"}}
            """;

        Assert.NotNull(PolicyDocument.Parse(good, PolicyUse.Trust).Document);
        Assert.Null(PolicyDocument.Parse(good, PolicyUse.Resource).Document);
        Assert.Null(PolicyDocument.Parse(good, PolicyUse.Identity).Document);
    }

    /// <summary>Whatever bytes come: a document or faults, never an exception.</summary>
    [Fact]
    public void Mutated_policies_are_read_or_refused()
    {
        var seed = Encoding.UTF8.GetBytes("""
            {"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"A","Effect":"Allow","Action":["s:Get*","*"],
             "Resource":"arn:aws:rds-db:*:1:dbuser:${aws:username, 'x'}/*","Condition":{"StringLike":
             {"aws:PrincipalTag/x":["\ud83d\ude00","${*}"]},"Bool":{"aws:SecureTransport":true}}}]}
            """);
        var gen = Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Byte, Gen.Int[0, 3]).Array[1, 6];

        gen.Sample(changes =>
        {
            var bytes = seed.ToList();
            foreach (var (at, value, how) in changes)
            {
                var index = Math.Min(at, bytes.Count - 1);
                if (how == 0)
                    bytes.RemoveAt(index);
                else if (how == 1)
                    bytes.Insert(index, value);
                else if (how == 2)
                    bytes[index] = value;
                else
                    bytes.InsertRange(index, "\\ud800"u8.ToArray());
            }
            var reading = PolicyDocument.Parse(Encoding.UTF8.GetString([.. bytes]), PolicyUse.Identity);
            return reading.Document is null != reading.Faults.IsEmpty;
        }, iter: 20_000);
    }
}
