using System.Collections.Immutable;
using System.Text.Json;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Api;

/// <summary>One call of the Secrets Manager API: what was asked, by whom, and what to answer into.</summary>
/// <remarks>
/// Used by one action at a time. The secret it is about, and what decided, are noted for the audit log.
/// </remarks>
internal sealed record SecretsCall
{
    public required SecretVault Vault { get; init; }

    public required Caller Caller { get; init; }

    public required Authorization Authorization { get; init; }

    public required string Operation { get; init; }

    public required Parameters Input { get; init; }

    public required Utf8JsonWriter Output { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>How secrets can be rotated.</summary>
    public required RotationFunctions Functions { get; init; }

    /// <summary>Where copies can be kept.</summary>
    public required ReplicaRegions Regions { get; init; }

    /// <summary>What a policy's conditions may ask of this call, beyond who makes it and when.</summary>
    public List<(string Key, ImmutableArray<string> Values)> Facts { get; init; } = [];

    /// <summary>For actions that change something; null for the others.</summary>
    public VaultWriter? Writer { get; set; }

    /// <summary>For the audit log.</summary>
    public string? SecretArn { get; set; }

    public string? VersionId { get; set; }

    public string? DecidedBy { get; private set; }

    public VaultWriter Changes => Writer!;

    /// <summary>
    /// The secret that SecretId names, if the caller may do this to it. Whoever may not does not learn
    /// whether
    /// it exists.
    /// </summary>
    public SecretRecord Secret(bool mayBeDeleted = false) =>
        Secret(Input.Required("SecretId", 1, 2048), mayBeDeleted);

    public SecretRecord Secret(string id, bool mayBeDeleted)
    {
        CheckId(id);
        Tell("secretsmanager:SecretId", id);
        var record = Find(id);
        SecretArn = record?.Arn ?? ArnOf(id);
        Authorize(Operation, record, SecretArn);
        if (record is null)
            throw ApiFault.NotFound();
        if (record.PrimaryRegion is not null && !IsForCopies)
            throw ApiFault.OfCopy();
        if (record.IsDeleted && !mayBeDeleted)
            throw ApiFault.Deleted();
        return record;
    }

    /// <summary>Null: there is none, or its time has run out.</summary>
    public SecretRecord? Find(string id) =>
        Vault.Find(id) is { } record && !(record.GoneDate <= Now) ? record : null;

    public void Authorize(string operation, SecretRecord? record, string resourceArn)
    {
        // Sento's own operations say so themselves.
        var action = operation.Contains(':', StringComparison.Ordinal)
            ? operation : $"secretsmanager:{operation}";
        var decision = Authorization.Decide(Caller, action, resourceArn, record, Facts, Now);
        DecidedBy = decision.By;
        if (!decision.IsAllowed)
            throw ApiFault.Denied(decision.Message);
    }

    /// <summary>A part of this call that is an operation by itself, allowed or refused by itself.</summary>
    public SecretsCall As(string operation) => this with { Operation = operation, Facts = [] };

    /// <summary>
    /// Another secret, whose current value will be used on behalf of the caller: only if he may read it
    /// himself. A line of its own in the audit log.
    /// </summary>
    public SecretRecord SecretToUse(string id)
    {
        var reading = As("GetSecretValue");
        try
        {
            reading.Tell("secretsmanager:VersionStage", Stage.Current);
            var record = reading.Secret(id, mayBeDeleted: false);
            reading.VersionId = record.Holder(Stage.Current)?.Id;
            reading.NoteUse("done");
            return record;
        }
        catch (ApiFault fault)
        {
            reading.NoteUse(fault.Code == "AccessDeniedException" ? "denied" : fault.Code);
            DecidedBy = reading.DecidedBy;
            throw;
        }
    }

    /// <summary>Writes into the audit log what has become of this call.</summary>
    public void NoteUse(string outcome) => Vault.Audit.Append(
        new AuditEntry
        {
            Principal = Caller.Name,
            Source = Caller.SourceAddress,
            Operation = Operation,
            Secret = SecretArn,
            Version = VersionId,
            Outcome = outcome,
            By = DecidedBy,
        },
        isDurable: Writer is not null);

    /// <summary>Before the secret is asked for: conditions are weighed then.</summary>
    public void Tell(string key, params ImmutableArray<string> values) => Facts.Add((key, values));

    public static void CheckId(string id)
    {
        if (!SecretId.IsArn(id) && !SecretId.IsName(id))
            throw InvalidName();
    }

    public static ApiFault InvalidName() => ApiFault.Validation(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
        + "-/_+=.@!");

    /// <summary>The token that makes a call idempotent, and is the id of the version it makes.</summary>
    public string Token(Func<string, ApiFault> missing) =>
        Input.Text("ClientRequestToken", 32, 64)
        ?? throw missing("You must provide a ClientRequestToken value. We recommend a UUID-type value.");

    public void Write(string name, DateTimeOffset? time)
    {
        if (time is { } value)
            Output.WriteNumber(name, value.ToUnixTimeMilliseconds() / 1000m);
    }

    public void Write(string name, string? text)
    {
        if (text is not null)
            Output.WriteString(name, text);
    }

    public void WriteIdentity(SecretRecord record)
    {
        Output.WriteString("ARN", record.Arn);
        Output.WriteString("Name", record.Name);
    }

    public void WriteTexts(string name, IEnumerable<string> texts)
    {
        Output.WriteStartArray(name);
        foreach (var text in texts)
            Output.WriteStringValue(text);
        Output.WriteEndArray();
    }

    /// <summary>What may be done to a copy where it is; all else is done to the secret itself.</summary>
    private bool IsForCopies => Operation is "GetSecretValue" or "BatchGetSecretValue" or "DescribeSecret"
        or "ListSecretVersionIds" or "UpdateSecret" or "ValidateResourcePolicy" or "StopReplicationToReplica";

    private string ArnOf(string id) => SecretId.IsArn(id)
        ? id
        : $"arn:aws:secretsmanager:{Vault.Region}:{Vault.AccountId}:secret:{id}";
}
