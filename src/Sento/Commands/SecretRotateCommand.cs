using System.CommandLine;
using Sento.ControlPlane.Rotation;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>sento secret rotate: at once, and by a schedule from then on if one is given.</summary>
internal static class SecretRotateCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret's name or ARN." };

    private static readonly Option<string?> Strategy = new("--strategy")
    {
        Description =
            "single-user changes the user's password; alternating-users takes turns with a second user.",
        HelpName = "single-user|alternating-users",
    };

    private static readonly Option<string?> Schedule = new("--schedule")
    {
        Description = "And again by itself: rate(10 days) or cron(0 8 1 * ? *), in UTC.",
        HelpName = "EXPRESSION",
    };

    public static Command Create(VaultOptions options)
    {
        var command = new Command("rotate", "Gives a database's user a new password, there and here.")
        {
            Name, Strategy, Schedule,
        };
        Strategy.AcceptOnlyFromAmong("single-user", "alternating-users");
        options.AddTo(command);
        command.SetAction(result => options.With(result, vault => Rotate(result, vault)));
        return command;
    }

    private static int Rotate(ParseResult result, SecretVault vault)
    {
        var name = result.GetRequiredValue(Name);
        var function = result.GetValue(Strategy) switch
        {
            "single-user" => RotationFunctions.SingleUser,
            "alternating-users" => RotationFunctions.AlternatingUsers,
            _ => null,
        };
        using var answer = SecretCommand.Run(vault, "RotateSecret", new
        {
            SecretId = name,
            ClientRequestToken = Guid.NewGuid().ToString(),
            RotationLambdaARN = function,
            RotationRules = result.GetValue(Schedule) is { } text ? new { ScheduleExpression = text } : null,
        });
        using var engine = new RotationEngine(vault, RotationFunctions.BuiltIn, _ => { });
        engine.RunDueAsync(DateTimeOffset.UtcNow, CancellationToken.None).GetAwaiter().GetResult();
        var rotation = vault.Find(name)?.Rotation;
        if (rotation?.LastFailure is { } failure)
            throw new VaultFault($"{failure} The secret works as before; a serving process tries again.");
        result.InvocationConfiguration.Output.WriteLine($"{name} is rotated.");
        return ExitCode.Good;
    }
}
