using System.CommandLine;
using System.Text.Json;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.Host.Commands;

/// <summary>sento secret …: the vault for people without an AWS CLI, at the machine itself.</summary>
internal static class SecretCommand
{
    private static readonly VaultOptions Options = new();
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret's name or ARN." };

    private static readonly Option<string?> Field = new("--field")
    {
        Description = "Prints one field of a JSON value, for example password.",
        HelpName = "KEY",
    };

    private static readonly Option<string?> StageOption = new("--stage")
    {
        Description = "AWSCURRENT unless told otherwise.",
        HelpName = "LABEL",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "At once, and for good; else it can be restored for 30 days.",
    };

    public static Command Create()
    {
        var command = new Command("secret", "Puts, gets, lists and rotates secrets of the vault.")
        {
            SecretPutCommand.Create(Options),
            Options.Command("get", "Prints the value of a secret.", Get, Name, Field, StageOption),
            Options.Command("list", "Lists the secrets, without their values.", List),
            Options.Command("history", "Shows the versions of a secret and their labels.", History, Name),
            Options.Command("audit", "Shows who has used a secret, and what let them.", Audit, Name),
            Options.Command("delete", "Deletes a secret.", Delete, Name, Force),
            SecretRotateCommand.Create(Options),
            Options.Command(
                "promote", "Makes a copy of another region's secret a secret of its own.", Promote, Name),
        };
        return command;
    }

    /// <summary>Runs an operation of the API as the person at this machine.</summary>
    public static JsonDocument Run(SecretVault vault, string operation, object request)
    {
        var service = new SecretsService(vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown);
        var answer = service.Run(
            Caller.Local(), operation, JsonSerializer.SerializeToUtf8Bytes(request), DateTimeOffset.UtcNow);
        return JsonDocument.Parse(answer);
    }

    private static int Get(ParseResult result, SecretVault vault)
    {
        using var answer = Run(vault, "GetSecretValue", new
        {
            SecretId = result.GetRequiredValue(Name),
            VersionStage = result.GetValue(StageOption) ?? Stage.Current,
        });
        var output = result.InvocationConfiguration.Output;
        if (!answer.RootElement.TryGetProperty("SecretString", out var value))
        {
            output.WriteLine(answer.RootElement.GetProperty("SecretBinary").GetString());
            return ExitCode.Good;
        }
        var text = value.GetString()!;
        if (result.GetValue(Field) is not { } field)
        {
            output.WriteLine(text);
            return ExitCode.Good;
        }
        if (FieldOf(text, field) is not { } found)
            throw new VaultFault($"the secret has no field \"{field}\"");
        output.WriteLine(found);
        return ExitCode.Good;
    }

    private static string? FieldOf(string json, string field)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(field, out var value) ? value.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int List(ParseResult result, SecretVault vault)
    {
        foreach (var record in vault.All.OrderBy(record => record.Name, StringComparer.Ordinal))
        {
            var rotation = record.Rotation switch
            {
                { LastFailure: { } failure } => $"  rotation fails: {failure}",
                { IsOn: true, NextRotationDate: { } next } => $"  rotates {next:yyyy-MM-dd HH:mm}Z",
                _ => "",
            };
            var copies = record.PrimaryRegion is { } primary
                ? $"  copy of {primary}"
                : string.Concat((record.Replicas ?? []).Where(copy => copy.LastFailure is not null)
                    .Select(copy => $"  copy in {copy.Region} fails: {copy.LastFailure}"));
            var deleted = record.IsDeleted ? $"  deleted, gone on {record.GoneDate:yyyy-MM-dd}" : "";
            result.InvocationConfiguration.Output.WriteLine(
                $"{record.Name}  {record.Arn}{rotation}{copies}{deleted}");
        }
        return ExitCode.Good;
    }

    private static int History(ParseResult result, SecretVault vault)
    {
        var record = Find(result, vault);
        foreach (var version in record.Versions.Reverse())
        {
            result.InvocationConfiguration.Output.WriteLine(
                $"{version.CreatedDate:yyyy-MM-dd HH:mm:ss}Z  {version.Id}  "
                + string.Join(",", version.Stages));
        }
        return ExitCode.Good;
    }

    private static int Audit(ParseResult result, SecretVault vault)
    {
        var record = Find(result, vault);
        foreach (var entry in AuditLog.Read(vault.Audit.Path).Where(entry => entry.Secret == record.Arn))
        {
            result.InvocationConfiguration.Output.WriteLine(
                $"{entry.Time:yyyy-MM-dd HH:mm:ss}Z  {entry.Operation}  {entry.Outcome}  {entry.Principal}  "
                + $"{entry.Source ?? "-"}  {entry.By ?? "-"}");
        }
        return ExitCode.Good;
    }

    private static int Delete(ParseResult result, SecretVault vault)
    {
        using var answer = Run(vault, "DeleteSecret", new
        {
            SecretId = result.GetRequiredValue(Name),
            ForceDeleteWithoutRecovery = result.GetValue(Force),
        });
        return ExitCode.Good;
    }

    private static int Promote(ParseResult result, SecretVault vault)
    {
        using var answer = Run(
            vault, "StopReplicationToReplica", new { SecretId = result.GetRequiredValue(Name) });
        return ExitCode.Good;
    }

    private static SecretRecord Find(ParseResult result, SecretVault vault) =>
        vault.Find(result.GetRequiredValue(Name))
        ?? throw new VaultFault($"there is no secret \"{result.GetRequiredValue(Name)}\"");
}
