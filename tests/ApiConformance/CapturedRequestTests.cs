using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.ControlPlane.WebIdentity;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.Tests.ApiConformance;

/// <summary>
/// Requests that stock tools have sent, byte by byte as they came in, put before the API at the time they
/// were made: signatures, routing and answers of one conversation.
/// </summary>
public sealed class CapturedRequestTests : IDisposable
{
    private readonly string _root = RunFolder.Create("captured");
    private readonly SecretVault _vault;
    private readonly AwsApi _api;
    private readonly WebKeyBook _keys = new(_ => { });
    private readonly JsonElement[] _requests;

    public CapturedRequestTests()
    {
        var text = File.ReadAllText(
            SourceTree.At("tests", "ApiConformance", "Vectors", "captured-requests.json"));
        _requests = [.. JsonDocument.Parse(text).RootElement.GetProperty("requests").EnumerateArray()];
        _vault = SecretVault.Create(
            Path.Combine(_root, "vault"), KeyRingSource.OfFile(Path.Combine(_root, "keys")), "123456789012",
            "us-east-1");
        var identities = new IdentityStore(_vault);
        foreach (var (id, secret) in _requests.Select(KeyOf).Distinct())
            Know(identities, id, secret);
        _api = new AwsApi(_vault, identities, RotationFunctions.BuiltIn, ReplicaRegions.Unknown, _keys,
            _ => { });
    }

    public void Dispose()
    {
        _keys.Dispose();
        _api.Dispose();
        _vault.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Conversation_of_the_cli_is_answered_as_by_AWS()
    {
        var (status, made) = Answer("aws-cli/2.9.19", "CreateSecret");
        Assert.Equal(200, status);
        Assert.StartsWith(
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db1-",
            made.GetProperty("ARN").GetString());
        var first = made.GetProperty("VersionId").GetString()!;

        var value = Good("aws-cli/2.9.19", "GetSecretValue");
        Assert.Equal("""{"username":"u","password":"p"}""", value.GetProperty("SecretString").GetString());
        Assert.Equal(first, value.GetProperty("VersionId").GetString());

        var put = Good("aws-cli/2.9.19", "PutSecretValue");
        Assert.Equal(["AWSPENDING"], put.GetProperty("VersionStages").EnumerateArray()
            .Select(stage => stage.GetString()!));

        Assert.Equal("prod/db1", Good("aws-cli/2.9.19", "UpdateSecret").GetProperty("Name").GetString());
        Assert.Equal("d", _vault.Find("prod/db1")!.Description);
        Assert.Single(Good("aws-cli/2.9.19", "ListSecrets").GetProperty("SecretList").EnumerateArray());

        AssertRefused(
            "UpdateSecretVersionStage", "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for VersionId: ");
        AssertRefused(
            "RotateSecret", "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret.");

        var gone = Good("aws-cli/2.9.19", "DeleteSecret").GetProperty("DeletionDate").GetDouble();
        Assert.InRange(gone - TimeOf(Request("aws-cli/2.9.19", "DeleteSecret")).ToUnixTimeSeconds(),
            7 * 86_400 - 1, 7 * 86_400 + 1);
        AssertRefused(
            "GetSecretValue", "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.");
    }

    [Fact]
    public void Sts_knows_who_signed()
    {
        var request = _requests.First(r => r.GetProperty("body").GetString()!.StartsWith(
            "Action=GetCallerIdentity", StringComparison.Ordinal) && SessionTokenOf(r) is null);

        var answer = _api.Answer(ToRequest(request), TimeOf(request));

        Assert.Equal(200, answer.Status);
        Assert.Contains(
            "<Account>123456789012</Account>", Encoding.UTF8.GetString(answer.Body),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Services_that_are_not_here_are_refused_by_name()
    {
        var ssm = _requests.First(r => HeaderOf(r, "x-amz-target")?.StartsWith(
            "AmazonSSM.", StringComparison.Ordinal) == true);
        var answer = _api.Answer(ToRequest(ssm), TimeOf(ssm));
        Assert.NotEqual(200, answer.Status);

        var rds = _requests.First(r => r.GetProperty("body").GetString()!.Contains(
            "DescribeDBProxies", StringComparison.Ordinal));
        answer = _api.Answer(ToRequest(rds), TimeOf(rds));
        Assert.Equal(400, answer.Status);
        Assert.Contains("<Code>InvalidAction</Code>", Encoding.UTF8.GetString(answer.Body),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Session_token_that_is_none_of_ours_is_refused_whatever_the_signature()
    {
        var foreign = _requests.Where(r => SessionTokenOf(r) is not null).ToArray();
        Assert.NotEmpty(foreign);
        foreach (var request in foreign)
        {
            var answer = _api.Answer(ToRequest(request), TimeOf(request));
            Assert.True(answer.Status is 400 or 403, $"{answer.Status}");
        }
    }

    [Fact]
    public void Each_request_is_refused_six_minutes_later_and_when_one_byte_differs()
    {
        foreach (var request in _requests.Where(r => SessionTokenOf(r) is null))
        {
            Assert.NotEqual(200, _api.Answer(ToRequest(request), TimeOf(request).AddMinutes(6)).Status);
            var body = request.GetProperty("body").GetString()!;
            var spoilt = ToRequest(request) with { Body = Encoding.UTF8.GetBytes(body + " ") };
            Assert.NotEqual(200, _api.Answer(spoilt, TimeOf(request)).Status);
        }
        Assert.Empty(_vault.All);
    }

    private void AssertRefused(string operation, string code, string message)
    {
        var (status, answer) = Answer("aws-cli/2.9.19", operation);
        Assert.Equal(400, status);
        Assert.Equal(code, answer.GetProperty("__type").GetString());
        Assert.StartsWith(message, answer.GetProperty("Message").GetString());
    }

    private JsonElement Good(string client, string operation)
    {
        var (status, answer) = Answer(client, operation);
        Assert.True(status == 200, $"{operation}: {answer}");
        return answer;
    }

    private (int Status, JsonElement Answer) Answer(string client, string operation)
    {
        var request = Request(client, operation);
        var answer = _api.Answer(ToRequest(request), TimeOf(request));
        return (answer.Status, JsonDocument.Parse(answer.Body).RootElement);
    }

    private JsonElement Request(string client, string operation) => _requests.First(
        request => request.GetProperty("client").GetString() == client
            && HeaderOf(request, "x-amz-target") == $"secretsmanager.{operation}");

    private static ApiRequest ToRequest(JsonElement request) => new(
        request.GetProperty("method").GetString()!, request.GetProperty("target").GetString()!, "",
        [.. Headers(request)], Encoding.UTF8.GetBytes(request.GetProperty("body").GetString()!), "127.0.0.1",
        IsTls: false);

    private static IEnumerable<KeyValuePair<string, string>> Headers(JsonElement request) =>
        request.GetProperty("headers").EnumerateArray()
            .Select(pair => KeyValuePair.Create(pair[0].GetString()!, pair[1].GetString()!));

    private static string? HeaderOf(JsonElement request, string name) => Headers(request)
        .Where(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
        .Select(header => header.Value).FirstOrDefault();

    private static string? SessionTokenOf(JsonElement request) => HeaderOf(request, "x-amz-security-token");

    private static DateTimeOffset TimeOf(JsonElement request) => DateTimeOffset.ParseExact(
        HeaderOf(request, "x-amz-date")!, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal);

    private static (string Id, string Secret) KeyOf(JsonElement request) => (
        Regex.Match(HeaderOf(request, "authorization")!, "Credential=([^/]+)/").Groups[1].Value,
        request.GetProperty("secret").GetString()!);

    /// <summary>The store makes its own keys: theirs is put in the place of one.</summary>
    private void Know(IdentityStore identities, string id, string secret)
    {
        identities.AddUser(
            $"user-{id}", [new PolicyRecord("all", IdentityStore.AdministratorPolicy)],
            DateTimeOffset.UtcNow);
        var made = identities.AddKey($"user-{id}", DateTimeOffset.UtcNow);
        using var document = _vault.ReadDocument("identities")!;
        var text = Encoding.UTF8.GetString(document.Span)
            .Replace(made.Id, id, StringComparison.Ordinal)
            .Replace(JsonSerializer.Serialize(made.Secret), JsonSerializer.Serialize(secret),
                StringComparison.Ordinal);
        _vault.Write(writer =>
        {
            writer.PutDocument("identities", Encoding.UTF8.GetBytes(text));
            return 0;
        });
        Invariant.Holds(identities.FindAccessKey(id) is not null);
    }
}
