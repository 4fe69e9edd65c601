namespace Sento.Tests.ApiConformance;

/// <summary>Codes and texts of AWS, which programs compare with: each provoked over the wire.</summary>
public sealed class ErrorTests(ApiGround ground)
{
    private const string NotFound = "Secrets Manager can't find the specified secret.";
    private const string Deleted =
        "You can't perform this operation on the secret because it was marked for deletion.";

    private const string BadName = "Invalid name. Must be a valid name containing alphanumeric characters, "
        + "or any of the following: -/_+=.@!";

    private const string NeedsToken =
        "You must provide a ClientRequestToken value. We recommend a UUID-type value.";

    /// <summary>Of no version.</summary>
    private const string Nowhere = "00000000-0000-4000-8000-000000000000";

    private readonly string _name = $"error/{Guid.NewGuid():N}";
    private readonly string _first = VaultGround.NewToken();

    public static TheoryData<string, string, string, string, string> Cases { get; } = new()
    {
        { "missing", "GetSecretValue", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "DescribeSecret", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "PutSecretValue", "{ID},{TOKEN},{VALUE}", "ResourceNotFoundException", NotFound },
        { "missing", "UpdateSecret", "{ID},{TOKEN},{VALUE}", "ResourceNotFoundException", NotFound },
        { "missing", "RotateSecret", "{ID},{TOKEN}", "ResourceNotFoundException", NotFound },
        { "missing", "CancelRotateSecret", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "RestoreSecret", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "DeleteSecret", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "GetResourcePolicy", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "ListSecretVersionIds", "{ID}", "ResourceNotFoundException", NotFound },
        { "missing", "TagResource", """{ID},"Tags":[]""", "ResourceNotFoundException", NotFound },
        {
            "empty", "GetSecretValue", "{ID}", "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
        },
        {
            "there", "GetSecretValue", """{ID},"VersionStage":"BLUE" """, "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: BLUE"
        },
        {
            "there", "GetSecretValue", """{ID},"VersionId":"{NOWHERE}" """, "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for VersionId: " + Nowhere
        },
        {
            "there", "GetSecretValue", """{ID},"VersionId":"{FIRST}","VersionStage":"BLUE" """,
            "InvalidRequestException",
            "You provided a VersionStage that is not associated to the provided VersionId."
        },
        { "deleted", "GetSecretValue", "{ID}", "InvalidRequestException", Deleted },
        { "deleted", "PutSecretValue", "{ID},{TOKEN},{VALUE}", "InvalidRequestException", Deleted },
        { "deleted", "UpdateSecret", "{ID},{TOKEN},{VALUE}", "InvalidRequestException", Deleted },
        { "deleted", "RotateSecret", "{ID},{TOKEN}", "InvalidRequestException", Deleted },
        { "deleted", "TagResource", """{ID},"Tags":[]""", "InvalidRequestException", Deleted },
        { "deleted", "UntagResource", """{ID},"TagKeys":[]""", "InvalidRequestException", Deleted },
        { "deleted", "DeleteSecret", "{ID}", "InvalidRequestException", Deleted },
        {
            "deleted", "CreateSecret", "{NAME},{TOKEN},{VALUE}", "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        },
        {
            "there", "CreateSecret", "{NAME},{TOKEN},{VALUE}", "ResourceExistsException",
            "The operation failed because the secret {TEXT} already exists."
        },
        { "missing", "CreateSecret", """ "Name":"a b",{TOKEN}""", "ValidationException", BadName },
        { "missing", "GetSecretValue", """ "SecretId":"a b" """, "ValidationException", BadName },
        { "missing", "DescribeSecret", """ "SecretId":"a'--" """, "ValidationException", BadName },
        { "missing", "DeleteSecret", """ "SecretId":"../*" """, "ValidationException", BadName },
        { "missing", "CreateSecret", "{NAME},{VALUE}", "InvalidRequestException", NeedsToken },
        { "there", "PutSecretValue", "{ID},{VALUE}", "InvalidRequestException", NeedsToken },
        { "there", "UpdateSecret", "{ID},{VALUE}", "InvalidRequestException", NeedsToken },
        { "there", "RotateSecret", "{ID}", "InvalidParameterException", NeedsToken },
        {
            "there", "RotateSecret", "{ID},{TOKEN}", "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret."
        },
        {
            "there", "RotateSecret",
            """{ID},{TOKEN},"RotationLambdaARN":"arn:aws:lambda:eu-central-1:1:function:other" """,
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
            + "grants access to the principal secretsmanager.amazonaws.com."
        },
        {
            "pending", "RotateSecret", """{ID},{TOKEN},"RotationLambdaARN":"SingleUser" """,
            "InvalidRequestException", "Previous rotation request is still in progress."
        },
        {
            "there", "PutSecretValue", """{ID},"ClientRequestToken":"{FIRST}","SecretString":"other" """,
            "ResourceExistsException",
            "You can't use ClientRequestToken {FIRST} because that value is already in use for a version of "
            + "secret arn:"
        },
        {
            "there", "UpdateSecretVersionStage",
            """{ID},"VersionStage":"AWSCURRENT","RemoveFromVersionId":"{FIRST}" """,
            "InvalidParameterException",
            "You can only move staging label AWSCURRENT to a different secret version. It can't be "
            + "completely removed."
        },
        {
            "pending", "UpdateSecretVersionStage",
            """{ID},"VersionStage":"AWSCURRENT","MoveToVersionId":"{SECOND}" """,
            "InvalidParameterException",
            "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently "
            + "attached to version {FIRST}, so you must explicitly reference that version in "
            + "RemoveFromVersionId."
        },
        {
            "there", "CreateSecret", """{NAME},{TOKEN},{VALUE},"SecretBinary":"YWJj" """,
            "InvalidParameterException",
            "You can't specify both a binary secret value and a string secret value in the same secret."
        },
        {
            "there", "DeleteSecret", """{ID},"RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true""",
            "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        },
        {
            "there", "DeleteSecret", """{ID},"RecoveryWindowInDays":6""", "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        },
        {
            "there", "DeleteSecret", """{ID},"RecoveryWindowInDays":31""", "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        },
        { "missing", "GetSecretValue", "", "ValidationException", "1 validation error detected: Value null "
            + "at 'secretId' failed to satisfy constraint: Member must not be null" },
        {
            "there", "BatchGetSecretValue", """ "SecretIdList":["a"],"Filters":[]""",
            "InvalidParameterException",
            "Either 'SecretIdList' or 'Filters' must be provided, but not both."
        },
        {
            "there", "BatchGetSecretValue", """ "SecretIdList":["a"],"MaxResults":1""",
            "InvalidParameterException",
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        },
        {
            "there", "ListSecrets", """ "Filters":[{"Key":"colour","Values":["a"]}]""",
            "ValidationException", "1 validation error detected: Value 'colour' at"
        },
        {
            "there", "ListSecrets", """ "NextToken":"bm90IG91cnM=" """, "InvalidNextTokenException",
            "The NextToken value is invalid."
        },
        {
            "missing", "GetRandomPassword", """ "PasswordLength":3""", "InvalidParameterException",
            "The PasswordLength 3 is too small"
        },
        {
            "there", "PutResourcePolicy", """{ID},"ResourcePolicy":"{" """,
            "MalformedPolicyDocumentException", "This resource policy contains a syntax error."
        },
        {
            "there", "PutResourcePolicy", """
            {ID},"ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",
            \"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}}"
            """, "PublicPolicyException",
            "You can't attach this resource policy because it allows broad access to the secret"
        },
        {
            "there", "TagResource", """{ID},"Tags":[{"Key":"aws:a","Value":"b"}]""",
            "InvalidParameterException", "Tag keys can't begin with aws:"
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Error_has_the_code_and_the_text_of_AWS(
        string state, string operation, string body, string code, string message)
    {
        var second = Prepare(state);

        var (status, answer) = await new RawRequest
        {
            Url = ground.Url,
            Key = ground.Vault.Administrator,
            Operation = operation,
            Body = "{" + Fill(body, second).ReplaceLineEndings("") + "}",
        }.Send();

        Assert.Equal(400, status);
        Assert.Equal(code, answer.GetProperty("__type").GetString());
        // Errors that the service's model has say Message, those of the framework message.
        var isFrameworks = code is "ValidationException" or "AccessDeniedException";
        Assert.StartsWith(
            Fill(message, second), answer.GetProperty(isFrameworks ? "message" : "Message").GetString());
    }

    [Fact]
    public async Task Force_takes_what_is_marked_already_and_what_never_was()
    {
        Prepare("deleted");
        var force = new RawRequest
        {
            Url = ground.Url,
            Key = ground.Vault.Administrator,
            Operation = "DeleteSecret",
            Body = $$"""{"SecretId":"{{_name}}","ForceDeleteWithoutRecovery":true}""",
        };

        Assert.Null(await force.Code());
        Assert.Null(ground.Vault.Vault.Find(_name));
        Assert.Null(await force.Code());
    }

    /// <returns>The second version's id, where there is one.</returns>
    private string Prepare(string state)
    {
        var second = VaultGround.NewToken();
        if (state == "missing")
            return second;
        ground.Vault.Call("CreateSecret", state == "empty"
            ? new { Name = _name, ClientRequestToken = _first }
            : new { Name = _name, ClientRequestToken = _first, SecretString = "value" });
        if (state == "deleted")
            ground.Vault.Call("DeleteSecret", new { SecretId = _name });
        if (state == "pending")
            ground.Vault.Call("PutSecretValue", new
            {
                SecretId = _name,
                ClientRequestToken = second,
                SecretString = "next",
                VersionStages = new[] { "AWSPENDING" },
            });
        return second;
    }

    private string Fill(string text, string second) => text
        .Replace("{ID}", $"\"SecretId\":\"{_name}\"", StringComparison.Ordinal)
        .Replace("{NAME}", $"\"Name\":\"{_name}\"", StringComparison.Ordinal)
        .Replace("{TEXT}", _name, StringComparison.Ordinal)
        .Replace("{TOKEN}", $"\"ClientRequestToken\":\"{VaultGround.NewToken()}\"", StringComparison.Ordinal)
        .Replace("{VALUE}", "\"SecretString\":\"another\"", StringComparison.Ordinal)
        .Replace("{NOWHERE}", Nowhere, StringComparison.Ordinal)
        .Replace("{FIRST}", _first, StringComparison.Ordinal)
        .Replace("{SECOND}", second, StringComparison.Ordinal);
}
