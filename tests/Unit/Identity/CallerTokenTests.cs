using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using Sento.Identity.AwsCallers;
using Sento.Identity.DbAuth;
using Xunit;

namespace Sento.Tests.Unit.Identities;

/// <summary>Presigned GetCallerIdentity: what is sent on to AWS, and what never is.</summary>
public sealed class CallerTokenTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 4, 17, TimeSpan.Zero);
    private static readonly ImmutableArray<string> Regions = ["eu-central-1", "us-east-1", "cn-north-1"];

    private const string Good =
        "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE000000001%2F20261123"
        + "%2Feu-central-1%2Fsts%2Faws4_request&X-Amz-Date=20261123T100417Z&X-Amz-Expires=60"
        + "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"
        + "&X-Amz-Signature=ca07c36bce325a14a7bb3fdc399484e0adcb371e39845652056060fe9306ca5a";

    [Fact]
    public void Question_is_made_anew_from_what_was_checked()
    {
        Assert.Equal(DbAuthVerdict.Good, Read(Good, out var token));

        Assert.Equal("sts.eu-central-1.amazonaws.com", token!.Host);
        Assert.Equal(Good[(Good.IndexOf('?', StringComparison.Ordinal) + 1)..], token.Query);
        Assert.Equal("AKIAEXAMPLE000000001", token.AccessKeyId);
        Assert.Equal(Now.AddMinutes(15), token.ExpiresAt);
    }

    [Theory]
    [InlineData("sts.eu-central-1.amazonaws.com", "sts.amazonaws.com", DbAuthVerdict.RegionWrong)]
    [InlineData("sts.eu-central-1.amazonaws.com", "sts.eu-west-1.amazonaws.com", DbAuthVerdict.IssuerUnknown)]
    [InlineData("amazonaws.com/", "amazonaws.com.evil.test/", DbAuthVerdict.IssuerUnknown)]
    [InlineData("amazonaws.com/", "amazonaws.com:444/", DbAuthVerdict.IssuerUnknown)]
    [InlineData(
        "https://sts", "https://sts.eu-central-1.amazonaws.com@evil.test#sts", DbAuthVerdict.IssuerUnknown)]
    [InlineData("https://sts", "https://STS", DbAuthVerdict.IssuerUnknown)]
    [InlineData("https://", "http://", DbAuthVerdict.Malformed)]
    [InlineData("amazonaws.com/?", "amazonaws.com/x?", DbAuthVerdict.Malformed)]
    [InlineData("amazonaws.com/?", "amazonaws.com?", DbAuthVerdict.Malformed)]
    [InlineData("amazonaws.com/?", "amazonaws.com//?", DbAuthVerdict.IssuerUnknown)]
    [InlineData("GetCallerIdentity", "AssumeRole", DbAuthVerdict.ActionWrong)]
    [InlineData("GetCallerIdentity", "getcalleridentity", DbAuthVerdict.ActionWrong)]
    [InlineData("2011-06-15", "2010-05-08", DbAuthVerdict.ActionWrong)]
    [InlineData("&Version", "&action=AssumeRole&Version", DbAuthVerdict.ParameterRepeated)]
    [InlineData("&Version", "&Action=GetCallerIdentity&Version", DbAuthVerdict.ParameterRepeated)]
    [InlineData("&Version", "&RoleArn=a&Version", DbAuthVerdict.ParameterUnknown)]
    [InlineData("host%3Bx-k8s-aws-id", "host", DbAuthVerdict.Malformed)]
    [InlineData("host%3Bx-k8s-aws-id", "host%3Bx-evil%3Bx-k8s-aws-id", DbAuthVerdict.Malformed)]
    [InlineData("%2Fsts%2F", "%2Frds-db%2F", DbAuthVerdict.ServiceWrong)]
    [InlineData("%2Feu-central-1%2F", "%2Fus-east-1%2F", DbAuthVerdict.RegionWrong)]
    [InlineData("20261123T100417Z", "20261123T094900Z", DbAuthVerdict.Expired)]
    [InlineData("20261123T100417Z", "20261123T101000Z", DbAuthVerdict.FromTheFuture)]
    [InlineData("&X-Amz-Expires=60", "", DbAuthVerdict.Malformed)]
    [InlineData("&X-Amz-Expires=60", "&X-Amz-Expires=%zz", DbAuthVerdict.Malformed)]
    [InlineData("ca07c36b", "CA07c36b", DbAuthVerdict.Malformed)]
    public void Whatever_else_it_asks_for_is_asked_of_nobody(string from, string to, DbAuthVerdict verdict)
    {
        Assert.Equal(verdict, Read(Good.Replace(from, to, StringComparison.Ordinal), out var token));
        Assert.Null(token);
    }

    [Fact]
    public void Text_that_is_no_token_is_not_read()
    {
        var encoded = CallerToken.Prefix + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Good));

        Assert.Equal(DbAuthVerdict.Malformed, CallerToken.Read(encoded + "=", Regions, Now, out _));
        Assert.Equal(DbAuthVerdict.Malformed, CallerToken.Read(encoded + " ", Regions, Now, out _));
        Assert.Equal(DbAuthVerdict.NotAToken, CallerToken.Read("K8S" + encoded[3..], Regions, Now, out _));
        Assert.Equal(DbAuthVerdict.Malformed, CallerToken.Read(CallerToken.Prefix, Regions, Now, out _));
        Assert.Equal(
            DbAuthVerdict.TooLong,
            CallerToken.Read(CallerToken.Prefix + new string('A', 9000), Regions, Now, out _));
    }

    [Fact]
    public void Changed_character_never_leads_elsewhere()
    {
        var text = Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Good));
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var other in "A9_")
            {
                var changed = $"{CallerToken.Prefix}{text[..i]}{other}{text[(i + 1)..]}";
                if (CallerToken.Read(changed, Regions, Now, out var token) != DbAuthVerdict.Good)
                    continue;
                Assert.Equal("sts.eu-central-1.amazonaws.com", token!.Host);
                Assert.StartsWith("Action=GetCallerIdentity&Version=2011-06-15&X-Amz-", token.Query);
                Assert.DoesNotContain(token.Query, c => c is ' ' or '#' or '\r' or '\n' or '"' or '<');
            }
        }
    }

    [Theory]
    [InlineData("arn:aws:sts::123456789012:assumed-role/app/i-0abc", "arn:aws:iam::123456789012:role/app")]
    [InlineData("arn:aws-cn:sts::123456789012:assumed-role/app/x", "arn:aws-cn:iam::123456789012:role/app")]
    [InlineData("arn:aws:iam::123456789012:user/path/bob", "arn:aws:iam::123456789012:user/path/bob")]
    [InlineData("arn:aws:iam::123456789012:root", null)]
    [InlineData("arn:aws:sts::123456789012:federated-user/bob", null)]
    [InlineData("arn:aws:sts::123456789012:assumed-role/app", null)]
    [InlineData("arn:aws:sts::123456789012:assumed-role/app/x/y", null)]
    [InlineData("nonsense", null)]
    public void Session_is_its_role_whatever_it_is_called(string arn, string? canonical) =>
        Assert.Equal(canonical, CallerArn.Canonical(arn));

    [Fact]
    public void Pattern_fits_its_account_alone()
    {
        Assert.True(CallerPattern.TryParse("arn:aws:iam::123456789012:role/app-*", out var pattern));
        Assert.True(pattern.Matches("arn:aws:iam::123456789012:role/app-web"));
        Assert.False(pattern.Matches("arn:aws:iam::999999999999:role/app-web"));
        Assert.False(pattern.Matches("arn:aws:iam::123456789012:role/other"));
    }

    [Fact]
    public void Token_of_the_last_second_of_all_is_from_the_future()
    {
        var url = Good.Replace("20261123T100417Z", "99991231T235959Z").Replace("20261123", "99991231");

        Assert.Equal(DbAuthVerdict.FromTheFuture, Read(url, out _));
    }

    private static DbAuthVerdict Read(string url, out CallerToken? token) => CallerToken.Read(
        CallerToken.Prefix + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(url)), Regions, Now, out token);
}
