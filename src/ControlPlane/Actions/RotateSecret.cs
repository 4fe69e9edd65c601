using Sento.ControlPlane.Api;
using Sento.ControlPlane.Rotation;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Actions;

/// <summary>
/// Says how and when a secret rotates, and begins to, unless told to wait for the schedule.
/// </summary>
internal static class RotateSecret
{
    public static void Run(SecretsCall call)
    {
        var input = call.Input;
        var token = call.Token(ApiFault.InvalidParameter);
        var function = input.Text("RotationLambdaARN", 0, 2048);
        var isImmediate = input.Flag("RotateImmediately") ?? true;
        if (function is not null)
            call.Tell("secretsmanager:RotationLambdaARN", function);
        call.Tell("secretsmanager:RotateImmediately", isImmediate ? "true" : "false");
        call.Tell(
            "secretsmanager:ModifyRotationRules", input.Section("RotationRules") is null ? "false" : "true");
        var record = call.Secret();
        function = string.IsNullOrEmpty(function) ? record.Rotation?.Function : function;
        if (function is null)
            throw ApiFault.InvalidRequest("No Lambda rotation function ARN is associated with this secret.");
        if (!call.Functions.Knows(function))
            throw ApiFault.Denied(
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function "
                + "policy grants "
                + "access to the principal secretsmanager.amazonaws.com. Functions of this vault: "
                + RotationFunctions.Known);
        var rotation = Rules(input, record.Rotation ?? new SecretRotation(true, function)) with
        {
            IsOn = true,
            Function = function,
        };
        var pending = record.Holder(Stage.Pending);
        if (pending is not null && !pending.Has(Stage.Current) && pending.Id != token)
            throw ApiFault.InvalidRequest("Previous rotation request is still in progress.");
        if (record.Holder(Stage.Current) is null)
            throw ApiFault.InvalidRequest("The secret has no value that could be rotated.");
        rotation = rotation with { MasterArn = Master(call, record, function) };
        record = Begin(call, record, rotation, token, isImmediate);
        call.Changes.Put(record);
        call.VersionId = token;
        call.WriteIdentity(record);
        call.Output.WriteString("VersionId", token);
    }

    private static SecretRecord Begin(
        SecretsCall call, SecretRecord record, SecretRotation rotation, string token, bool isImmediate)
    {
        var next = RotationSchedule.Next(rotation, call.Now);
        if (record.Find(token) is { HasValue: true })
            return record with { Rotation = rotation with { NextRotationDate = next } };
        record = RotationStart.Begin(record, token, call.Now);
        return record with
        {
            Rotation = rotation with
            {
                PendingToken = token,
                FailureCount = 0,
                LastFailure = null,
                RetryDate = null,
                IsTestOnly = !isImmediate,
                NextRotationDate = next,
            },
        };
    }

    /// <summary>
    /// The secret of the user who makes the other user. Who writes into a secret may name any there: so that
    /// nobody works with one that he may not read, the rotations use what is allowed here and no other.
    /// </summary>
    /// <returns>Null: none is needed, or none is named, which the rotation will say.</returns>
    private static string? Master(SecretsCall call, SecretRecord record, string function)
    {
        if (call.Functions.BuiltInStrategy(function) != RotationFunctions.AlternatingUsers)
            return null;
        using var value = call.Vault.ReadValue(record, record.Holder(Stage.Current)!);
        using var login = value is null ? null : DatabaseSecret.Read(value);
        if (login?.MasterArn is not { } id)
            return null;
        try
        {
            return call.SecretToUse(id).Arn;
        }
        catch (ApiFault fault) when (fault.Code != "AccessDeniedException")
        {
            throw ApiFault.InvalidRequest($"The secret's masterarn: {fault.Message}");
        }
    }

    private static SecretRotation Rules(Parameters input, SecretRotation rotation)
    {
        if (input.Section("RotationRules") is not { } rules)
            return rotation;
        var days = rules.Integer("AutomaticallyAfterDays", 1, 1000);
        var schedule = rules.Text("ScheduleExpression", 1, 256);
        var duration = rules.Text("Duration", 2, 3);
        if (days is not null && schedule is not null)
            throw ApiFault.InvalidParameter(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
        if (schedule is not null && RotationSchedule.Check(schedule) is { } fault)
            throw ApiFault.InvalidParameter(fault);
        if (duration is not null && RotationSchedule.CheckDuration(duration) is { } wrong)
            throw ApiFault.InvalidParameter(wrong);
        return rotation with { AutomaticallyAfterDays = (int?)days, Schedule = schedule, Duration =
            duration };
    }
}
