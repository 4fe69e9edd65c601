using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>
/// Who names a secret in masterarn has Sento work with its password: it goes where that secret says, and only
/// on behalf of those who may read it.
/// </summary>
public sealed class MasterSecretTests : IDisposable
{
    private const string Developer = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"secretsmanager:*",
           "Resource":"arn:aws:secretsmanager:*:*:secret:dev/*"}]}
        """;

    private readonly VaultGround _vault = new();

    public void Dispose() => _vault.Dispose();

    [Theory]
    [InlineData("AlternatingUsers", true)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function:MyMultiUser", true)]
    [InlineData("AlternatingUsers", false)]
    public void Who_may_not_read_the_master_can_ask_for_no_rotation_with_it(string function, bool isThere)
    {
        if (isThere)
            _vault.Create("prod/admin", Login("admin", ""));
        var developer = CallerOf("developer", Developer);
        Call(developer, "CreateSecret", new
        {
            Name = "dev/mine",
            ClientRequestToken = VaultGround.NewToken(),
            SecretString = Login("mine", ",\"ssl\":false,\"masterarn\":\"prod/admin\""),
        });

        var fault = Assert.Throws<ApiFault>(() => Rotate(developer, "dev/mine", function));

        Assert.Equal("AccessDeniedException", fault.Code);
        Assert.Null(_vault.Vault.Find("dev/mine")!.Rotation);
        Assert.Contains(Audit(), line => line.Operation == "GetSecretValue" && line.Outcome == "denied"
            && line.Secret!.Contains("prod/admin", StringComparison.Ordinal));
        Rotate(developer, "dev/mine", "SingleUser");
        Assert.NotNull(_vault.Vault.Find("dev/mine")!.Rotation);
    }

    [Fact]
    public void Who_may_read_the_master_can_and_the_audit_log_says_whom_that_was_and_by_which_statement()
    {
        _vault.Create("dev/admin", Login("admin", ""));
        _vault.Create("dev/mine", Login("mine", ",\"masterarn\":\"dev/admin\""));
        var developer = CallerOf("developer", Developer);

        Rotate(developer, "dev/mine");

        var admin = _vault.Vault.Find("dev/admin")!.Arn;
        Assert.Equal(admin, _vault.Vault.Find("dev/mine")!.Rotation!.MasterArn);
        var line = Assert.Single(Audit(), line => line.Secret == admin && line.Principal == developer.Name);
        Assert.Equal(("GetSecretValue", "done"), (line.Operation, line.Outcome));
        Assert.Contains("statement 1", line.By, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "can't find the specified secret")]
    [InlineData("no name?", "Invalid name")]
    public void Master_that_is_none_is_told_to_who_asks_for_rotations(string master, string why)
    {
        _vault.Create("app", Login("app", $",\"masterarn\":\"{master}\""));

        var fault = Assert.Throws<ApiFault>(() => Rotate(Caller.Local(), "app"));

        Assert.Equal("InvalidRequestException", fault.Code);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"engine\":\"postgres\",\"host\":\"127.0.0.2\",\"port\":1", "another host")]
    [InlineData("\"engine\":\"mysql\",\"host\":\"127.0.0.1\",\"port\":1", "another engine")]
    [InlineData("\"engine\":\"postgres\",\"host\":\"127.0.0.1\",\"port\":2", "another port")]
    [InlineData("\"engine\":\"postgres\",\"host\":\"127.0.0.1\"", "another port")]
    [InlineData("\"engine\":\"postgres\",\"port\":1", "no host")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":1", "no engine")]
    [InlineData("\"note\":\"as RDS makes them\"", "no host")]
    public async Task Master_of_another_server_is_never_used(string master, string why)
    {
        _vault.Create("admin", $$"""{"username":"admin","password":"xyzzy",{{master}}}""");
        _vault.Create("app", Login("app", ",\"masterarn\":\"admin\""));

        Rotate(Caller.Local(), "app");
        await RunDue();

        Assert.Contains(
            $"The secret of masterarn names {why}", RotationOf("app").LastFailure, StringComparison.Ordinal);
        Assert.False(_vault.Vault.Find("app")!.Holder("AWSPENDING")!.HasValue);
    }

    [Fact]
    public async Task Master_that_is_named_later_is_used_only_when_rotation_is_asked_for_again()
    {
        _vault.Create("admin", Login("admin", ""));
        _vault.Create("other", Login("other", ""));
        _vault.Create("app", Login("app", ",\"masterarn\":\"admin\""));
        Rotate(Caller.Local(), "app");
        _vault.Call("PutSecretValue", new
        {
            SecretId = "app",
            ClientRequestToken = VaultGround.NewToken(),
            SecretString = Login("app", ",\"masterarn\":\"other\""),
        });

        await RunDue();

        Assert.Contains(
            "RotateSecret was not called with other as the masterarn", RotationOf("app").LastFailure,
            StringComparison.Ordinal);
        _vault.Call("CancelRotateSecret", new { SecretId = "app" });
        Rotate(Caller.Local(), "app");
        await RunDue();
        // Nothing listens there; it is tried, at once.
        Assert.Contains("PostgreSQL at 127.0.0.1:1", RotationOf("app").LastFailure, StringComparison.Ordinal);
        Assert.Equal(_vault.Vault.Find("other")!.Arn, RotationOf("app").MasterArn);
    }

    [Theory]
    [InlineData("host", "\"host\":\"127.0.0.2\",\"port\":1,\"engine\":\"postgres\"")]
    [InlineData("port", "\"host\":\"127.0.0.1\",\"port\":2,\"engine\":\"postgres\"")]
    [InlineData("engine", "\"host\":\"127.0.0.1\",\"port\":1,\"engine\":\"mysql\"")]
    public async Task Value_that_somebody_put_for_the_next_of_another_server_is_not_set(
        string key, string place)
    {
        _vault.Create("admin", Login("admin", ""));
        _vault.Create("app", Login("app", ",\"masterarn\":\"admin\""));
        var token = Rotate(Caller.Local(), "app");
        PutPending(token, $$"""{"username":"app_clone","password":"x","masterarn":"admin",{{place}}}""");

        await RunDue();

        Assert.Equal(
            $"The new version names another {key} than the current one.", RotationOf("app").LastFailure);
    }

    [Theory]
    [InlineData("AlternatingUsers", "postgres", "another user than app_clone")]
    [InlineData("SingleUser", "app_clone", "another user than app")]
    [InlineData("AlternatingUsers", "app_clone", "PostgreSQL at 127.0.0.1:1")]
    [InlineData("AlternatingUsers", "app", "PostgreSQL at 127.0.0.1:1")]
    public async Task Value_that_somebody_put_for_the_next_of_a_third_user_is_not_set(
        string function, string user, string why)
    {
        _vault.Create("admin", Login("admin", ""));
        _vault.Create("app", Login("app", ",\"masterarn\":\"admin\""));
        var token = Rotate(Caller.Local(), "app", function);
        PutPending(token, Login(user, ",\"masterarn\":\"admin\""));

        await RunDue();

        Assert.Contains(why, RotationOf("app").LastFailure, StringComparison.Ordinal);
    }

    /// <summary>At a port of this machine where nothing listens.</summary>
    private static string Login(string user, string more) => $$"""
        {"engine":"postgres","host":"127.0.0.1","port":1,"username":"{{user}}","password":"x"{{more}}}
        """;

    private Caller CallerOf(string name, string policy)
    {
        _vault.AddUser(name, policy);
        var principal = _vault.Identities.Users.Single(user => user.UserName == name);
        return new Caller(principal.Arn, principal, "127.0.0.1", IsTls: true);
    }

    private void PutPending(string token, string value) => _vault.Call("PutSecretValue", new
    {
        SecretId = "app",
        ClientRequestToken = token,
        SecretString = value,
        VersionStages = new[] { "AWSPENDING" },
    });

    private string Rotate(Caller caller, string name, string function = "AlternatingUsers")
    {
        var token = VaultGround.NewToken();
        Call(caller, "RotateSecret", new
        {
            SecretId = name,
            ClientRequestToken = token,
            RotationLambdaARN = function,
        });
        return token;
    }

    private void Call(Caller caller, string operation, object request) =>
        new SecretsService(_vault.Vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown).Run(
            caller, operation, JsonSerializer.SerializeToUtf8Bytes(request), DateTimeOffset.UtcNow);

    private async Task RunDue()
    {
        using var engine = new RotationEngine(_vault.Vault, RotationFunctions.BuiltIn, _ => { });
        await engine.RunDueAsync(DateTimeOffset.UtcNow, CancellationToken.None);
    }

    private SecretRotation RotationOf(string name) => _vault.Vault.Find(name)!.Rotation!;

    private List<AuditEntry> Audit() => [.. AuditLog.Read(_vault.Vault.Audit.Path)];
}
