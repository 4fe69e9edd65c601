using System.CommandLine;
using System.Net;
using Sento.ControlPlane.Identities;
using Sento.Host.Configuration;
using Sento.Host.Identities;
using Sento.Host.Vaults;
using Sento.Identity.DbAuth;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Model;

namespace Sento.Host.Commands;

/// <summary>sento iam simulate: may somebody do something, and by which statement.</summary>
internal static class SimulateCommand
{
    private static readonly Option<string?> File = new("--config")
    {
        Description = "The configuration whose users are asked; left out: those of the vault.",
    };

    private static readonly Option<string> User =
        new("--user") { Description = "The user.", Required = true };

    private static readonly Option<string> Action = new("--action")
    {
        Description = "As secretsmanager:GetSecretValue.",
        DefaultValueFactory = _ => DbAuthVerifier.ConnectAction,
    };

    private static readonly Option<string?> Resource = new("--resource")
    {
        Description = "The resource's ARN; of rds-db:connect --proxy and --db-user say it too.",
    };

    private static readonly Option<string?> Proxy = new("--proxy") { Description = "A proxy's ResourceId." };

    private static readonly Option<string?> DbUser = new("--db-user") { Description = "A database user." };

    private static readonly Option<string?> Source = new("--source-ip") { Description = "aws:SourceIp." };

    private static readonly Option<DateTimeOffset?> At =
        new("--at") { Description = "aws:CurrentTime; else now." };

    public static Command Create()
    {
        var options = new VaultOptions();
        var command = new Command(
            "simulate", "Says whether a user may do something, and what each statement had to say of it.")
        {
            File, User, Action, Resource, Proxy, DbUser, Source, At,
        };
        options.AddTo(command);
        command.SetAction(result => result.GetValue(File) is { } file
            ? WithFile(result, file)
            : options.With(result, vault => Simulate(
                result, new IdentityStore(vault).Users, vault.AccountId, vault.Region)));
        return command;
    }

    private static int WithFile(ParseResult result, string file)
    {
        var source = ConfigurationSource.OfFile(file);
        var reading = source.Read();
        if (!reading.IsGood)
        {
            foreach (var line in source.Lines(reading))
                result.InvocationConfiguration.Error.WriteLine(line);
            return reading.IsUnreadable ? ExitCode.Usage : ExitCode.Fault;
        }
        var config = reading.Snapshot!.Identities;
        var account = config.Account ?? "000000000000";
        return Simulate(
            result, config.Users.Select(user => FileIdentities.PrincipalOf(user, account)), account,
            config.Region ?? "us-east-1");
    }

    private static int Simulate(
        ParseResult result, IEnumerable<Principal> users, string account, string region)
    {
        var error = result.InvocationConfiguration.Error;
        var name = result.GetRequiredValue(User);
        if (users.FirstOrDefault(user => user.UserName == name) is not { } principal)
        {
            error.WriteLine($"sento: there is no user \"{name}\"");
            return ExitCode.Usage;
        }
        if (ResourceOf(result, account, region) is not { } resource)
        {
            error.WriteLine("sento: --resource is needed, or --proxy and --db-user");
            return ExitCode.Usage;
        }
        IPAddress.TryParse(result.GetValue(Source), out var source);
        var request = new AccessRequest
        {
            Principal = principal,
            Action = result.GetRequiredValue(Action),
            Resource = resource,
            Values = ConditionValues.Of(
                principal, result.GetValue(At) ?? DateTimeOffset.UtcNow, source, isTls: true, region),
        };
        return Explain(request, PolicyEvaluator.Decide(request), result.InvocationConfiguration.Output);
    }

    private static string? ResourceOf(ParseResult result, string account, string region)
    {
        if (result.GetValue(Resource) is { } resource)
            return resource;
        return result.GetValue(Proxy) is { } proxy && result.GetValue(DbUser) is { } user
            ? $"arn:aws:rds-db:{region}:{account}:dbuser:{proxy}/{user}"
            : null;
    }

    private static int Explain(AccessRequest request, Decision decision, TextWriter output)
    {
        output.WriteLine(decision.IsAllowed
            ? $"allowed: {request.Action} on {request.Resource} by {decision.Deciding!.Place}"
            : $"denied: {decision.Refusal(request)}");
        foreach (var review in decision.Reviews)
            output.WriteLine($"  {review.Place}: {review.Statement.Effect}: {Words(review)}");
        return decision.IsAllowed ? ExitCode.Good : ExitCode.Fault;
    }

    private static string Words(StatementReview review) => review.Match switch
    {
        StatementMatch.ActionDiffers => "speaks of other actions",
        StatementMatch.ResourceDiffers => "speaks of other resources",
        StatementMatch.PrincipalDiffers => "speaks of others",
        StatementMatch.ConditionFails => $"its condition is not met: {review.FailedCondition}",
        _ => "matches",
    };
}
