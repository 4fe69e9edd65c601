using System.Text.Json;
using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>
/// Rotations by somebody else's function: it hears what a Lambda function would, and calls the API back.
/// </summary>
public sealed class RotationHookTests : IAsyncLifetime
{
    private readonly VaultGround _vault = new();
    private readonly List<string> _events = [];
    private FakeHttpServer _function = null!;
    private SentoProcess _sento = null!;
    private AccessKeyRecord _key = null!;
    private string? _failing;

    public async ValueTask InitializeAsync()
    {
        _key = _vault.AddUser("function", IdentityStore.AdministratorPolicy);
        _vault.Create("mail/key", "one");
        _function = new FakeHttpServer(Rotate);
        _sento = await ApiProcess.Start(_vault, $", RotationHooks: [\"mail={_function.Url}\"]");
    }

    public async ValueTask DisposeAsync()
    {
        await _sento.DisposeAsync();
        _function.Dispose();
        _vault.Dispose();
    }

    [Fact]
    public async Task Function_hears_the_four_steps_and_its_value_becomes_current()
    {
        var token = VaultGround.NewToken();
        Assert.Null(await Begin(token).Code());

        await Eventually.Holds(() => Value() == "one, rotated");

        var arn = _vault.Vault.Find("mail/key")!.Arn;
        Assert.Equal(
            ["createSecret", "setSecret", "testSecret", "finishSecret"],
            _events.Select(text => Text(text, "Step")));
        Assert.All(_events, text => Assert.Equal(
            (arn, token), (Text(text, "SecretId"), Text(text, "ClientRequestToken"))));
        await Eventually.Holds(() => _vault.Vault.Find("mail/key")!.Rotation!.PendingToken is null);
        Assert.Equal("one", Value("AWSPREVIOUS"));
    }

    [Fact]
    public async Task Step_that_fails_leaves_the_value_and_is_told_with_its_name()
    {
        _failing = "setSecret";
        Assert.Null(await Begin(VaultGround.NewToken()).Code());

        await Eventually.Holds(() => _vault.Vault.Find("mail/key")!.Rotation!.LastFailure is not null);

        Assert.Equal("one", Value());
        Assert.Contains(
            "answered setSecret with status 500", _vault.Vault.Find("mail/key")!.Rotation!.LastFailure,
            StringComparison.Ordinal);
        _failing = null;
        await Eventually.Holds(() => Value() == "one, rotated");
    }

    [Fact]
    public async Task Function_that_is_not_in_the_configuration_is_called_by_nobody() => Assert.Equal(
        "AccessDeniedException",
        await Begin(VaultGround.NewToken(), "http://127.0.0.1:1/elsewhere").Code());

    /// <summary>What AWS's own templates of rotation functions do, over the API, signed.</summary>
    private async Task<(int Status, string Body)> Rotate(string body)
    {
        lock (_events)
            _events.Add(body);
        var (step, id) = (Text(body, "Step"), Text(body, "SecretId"));
        var token = Text(body, "ClientRequestToken");
        if (step == _failing)
            return (500, "");
        if (step == "createSecret")
        {
            var current = await Api("GetSecretValue", new { SecretId = id, VersionStage = "AWSCURRENT" });
            await Api("PutSecretValue", new
            {
                SecretId = id,
                ClientRequestToken = token,
                SecretString = current.GetProperty("SecretString").GetString() + ", rotated",
                VersionStages = new[] { "AWSPENDING" },
            });
        }
        if (step == "finishSecret")
        {
            var secret = await Api("DescribeSecret", new { SecretId = id });
            var stages = secret.GetProperty("VersionIdsToStages");
            var current = stages.EnumerateObject().First(version =>
                version.Value.EnumerateArray().Any(stage => stage.GetString() == "AWSCURRENT")).Name;
            await Api("UpdateSecretVersionStage", new
            {
                SecretId = id,
                VersionStage = "AWSCURRENT",
                MoveToVersionId = token,
                RemoveFromVersionId = current,
            });
        }
        return (200, "null");
    }

    private RawRequest Begin(string token, string function = "mail") => new()
    {
        Url = Url,
        Key = _key,
        Operation = "RotateSecret",
        Body = JsonSerializer.Serialize(new
        {
            SecretId = "mail/key",
            ClientRequestToken = token,
            RotationLambdaARN = function,
        }),
    };

    private async Task<JsonElement> Api(string operation, object request)
    {
        var (status, answer) = await new RawRequest
        {
            Url = Url,
            Key = _key,
            Operation = operation,
            Body = JsonSerializer.Serialize(request),
        }.Send();
        Assert.True(status == 200, $"{operation}: {status}");
        return answer;
    }

    private Uri Url => new($"http://127.0.0.1:{_sento.AdminPort}/");

    private string Value(string stage = "AWSCURRENT") => _vault.Call(
        "GetSecretValue", new { SecretId = "mail/key", VersionStage = stage })
        .GetProperty("SecretString").GetString()!;

    private static string Text(string json, string name) =>
        JsonDocument.Parse(json).RootElement.GetProperty(name).GetString()!;
}
