using System.CommandLine;
using Sento.Base;
using Sento.Identity.DbAuth;

namespace Sento.Host.Commands;

/// <summary>
/// sento iam generate-db-auth-token: what aws rds generate-db-auth-token does, where there is no AWS CLI.
/// </summary>
internal static class GenerateTokenCommand
{
    private static readonly Option<string> Host =
        Needed<string>("--hostname", "The endpoint's advertised host.");
    private static readonly Option<int> Port = Needed<int>("--port", "Its port.");
    private static readonly Option<string> User = Needed<string>("--username", "The database user.");

    private static readonly Option<string?> Region = new("--region")
    {
        Description = "The region; else AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1.",
    };

    public static Command Create()
    {
        var command = new Command(
            "generate-db-auth-token",
            "Makes a sign-in token, good for 15 minutes, with the key in AWS_ACCESS_KEY_ID, "
            + "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.")
        {
            Host, Port, User, Region,
        };
        command.SetAction(Make);
        return command;
    }

    private static int Make(ParseResult result)
    {
        var (keyId, secret) = (Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"));
        if (keyId is null || secret is null)
        {
            result.InvocationConfiguration.Error.WriteLine(
                "sento: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set in the environment");
            return ExitCode.Usage;
        }
        var region = result.GetValue(Region) ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION")
            ?? "us-east-1";
        using var bytes = SecretBytes.FromText(secret);
        result.InvocationConfiguration.Output.WriteLine(DbAuthTokenMaker.Make(
            result.GetRequiredValue(Host), result.GetRequiredValue(Port), region, result.GetRequiredValue(
                User),
            keyId, bytes, Variable("AWS_SESSION_TOKEN"), DateTimeOffset.UtcNow));
        return ExitCode.Good;
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static Option<T> Needed<T>(string name, string description) =>
        new(name) { Description = description, Required = true };
}
