using System.Text.Json;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.Query;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.ControlPlane.WebIdentity;
using Sento.Identity.Principals;
using Sento.Identity.SigV4;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Api;

/// <summary>
/// Answers requests as AWS's endpoints do: who signed it, what is asked, the answer or the error. Any thread.
/// </summary>
public sealed class AwsApi : IDisposable
{
    /// <summary>Bytes of a request's body: 64 KiB of secret, escaped, and all the rest.</summary>
    public const int BodyBytesMax = Sento.Identity.IdentityLimits.BodyBytesMax;

    private const string JsonType = "application/x-amz-json-1.1";
    private const string Target = "secretsmanager.";

    /// <summary>Of operations that AWS does not have; they are called the same in policies.</summary>
    private const string OwnTarget = "sento.";

    private readonly Action<string> _report;
    private readonly RequestVerifier _verifier;
    private readonly StrangerBook _strangers;
    private readonly QueryApi _query;
    private readonly SecretsService _secrets;

    /// <param name="report">Told what the caller is not: why the vault could not answer.</param>
    public AwsApi(
        SecretVault vault, IdentityStore identities, RotationFunctions functions, ReplicaRegions regions,
        WebKeyBook keys, Action<string> report)
    {
        _report = report;
        _verifier = new RequestVerifier(
            new CredentialResolver(identities, identities.Sessions), [vault.Region]);
        _strangers = new StrangerBook(vault.Audit, report);
        _query = new QueryApi(vault, identities, keys, _strangers);
        _secrets = new SecretsService(vault, functions, regions);
    }

    /// <summary>Whether the request is for an AWS API at all.</summary>
    public static bool IsFor(ApiRequest request) =>
        request.Header("X-Amz-Target") is not null || QueryApi.IsFor(request);

    /// <summary>What X-Amz-Target says for an operation.</summary>
    public static string TargetOf(string operation) => operation.Contains(':', StringComparison.Ordinal)
        ? operation.Replace(':', '.') : Target + operation;

    /// <summary>What an answer may need of others; to be waited for before it is asked for.</summary>
    public Task PrepareAsync(ApiRequest request) => _query.PrepareAsync(request);

    public ApiResponse Answer(ApiRequest request, DateTimeOffset now)
    {
        if (request.Header("X-Amz-Target") is null && QueryApi.IsFor(request))
            return _query.Answer(request, now);
        var requestId = Guid.NewGuid().ToString();
        try
        {
            var body = Run(request, now);
            return new ApiResponse(200, JsonType, body, requestId);
        }
        catch (ApiFault fault)
        {
            return Error(fault, requestId);
        }
        catch (VaultFault fault)
        {
            _report($"Request {requestId}: {fault.Message}");
            return Error(
                new ApiFault("InternalServiceError", "An error occurred on the server side.", 500),
                    requestId);
        }
    }

    /// <summary>No request may be under way. Writes how many refusals were only counted.</summary>
    public void Dispose() => _strangers.Dispose();

    private byte[] Run(ApiRequest request, DateTimeOffset now)
    {
        var target = request.Header("X-Amz-Target") ?? "";
        var operation = OperationOf(target);
        var signed = new SignedRequest(
            request.Method, request.Path, request.Query, request.Headers, request.Body);
        var result = _verifier.Verify(signed, "secretsmanager", now);
        if (!result.IsVerified)
        {
            Note(request, operation, result.Refusal.JsonCode);
            throw new ApiFault(result.Refusal.JsonCode, result.Refusal.Message, result.Refusal.JsonStatus);
        }
        if (request.Method != "POST" || request.Path != "/" || !SecretsService.Knows(operation))
            throw new ApiFault("UnknownOperationException", "");
        var caller = new Caller(
            result.Principal.Arn, result.Principal, request.SourceAddress, request.IsTls);
        return _secrets.Run(caller, operation, request.Body, now);
    }

    private static string OperationOf(string target) =>
        target.StartsWith(Target, StringComparison.Ordinal) ? target[Target.Length..]
        : target.StartsWith(OwnTarget, StringComparison.Ordinal) ? target.Replace('.', ':')
        : "";

    /// <summary>
    /// Nobody knows who it was: the key that was claimed is not written down as if it were.
    /// </summary>
    private void Note(ApiRequest request, string operation, string code) => _strangers.Add(new AuditEntry
    {
        Principal = AuditEntry.Unknown,
        Source = request.SourceAddress,
        Operation = SecretsService.Knows(operation) ? operation : "unknown",
        Outcome = code,
    });

    private static ApiResponse Error(ApiFault fault, string requestId)
    {
        using var buffer = new WipingBuffer();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("__type", fault.Code);
            if (fault.Message.Length > 0)
                writer.WriteString(fault.IsFrameworks ? "message" : "Message", fault.Message);
            writer.WriteEndObject();
        }
        return new ApiResponse(fault.Status, JsonType, buffer.ToArray(), requestId);
    }
}
