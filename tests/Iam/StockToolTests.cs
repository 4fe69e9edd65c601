using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Iam;

/// <summary>Tokens made by the tools that people have, used with the clients that they have.</summary>
public sealed class StockToolTests(IamGround ground)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(AwsCliKind.Distribution)]
    [InlineData(AwsCliKind.Current)]
    public async Task Token_of_the_aws_cli_signs_in_with_psql(AwsCliKind kind)
    {
        var made = await Run(
            AwsCli.Program(kind), "rds", "generate-db-auth-token", "--hostname", ground.Proxy.Host, "--port",
            $"{ground.Proxy.Port}", "--region", IamGround.Region, "--username", "app");

        Assert.Equal("app", (await Psql(made.Output.Trim())).Output.Trim());
    }

    [Fact]
    public async Task Token_of_botocore_signs_in_with_psycopg2() => Assert.Equal(
        "app",
        (await Run("/usr/bin/python3", SourceTree.At("tests", "Iam", "python", "sign_in.py"))).Output.Trim());

    [Fact]
    public async Task Token_of_the_javascript_sdk_signs_in_with_node_postgres() => Assert.Equal(
        "app", (await Run("node", SourceTree.At("tests", "Iam", "node", "token.mjs"))).Output.Trim());

    [Fact]
    public async Task Token_of_our_own_command_signs_in_with_psql()
    {
        var made = await Run(
            "dotnet", SourceTree.SentoProgram, "iam", "generate-db-auth-token", "--hostname",
            ground.Proxy.Host, "--port", $"{ground.Proxy.Port}", "--username", "app");

        Assert.Equal("app", (await Psql(made.Output.Trim())).Output.Trim());
    }

    [Fact]
    public async Task Token_that_is_changed_is_refused_by_psql_with_the_words_of_rds()
    {
        var token = IamGround.Token(ground.Proxy);
        var finished = await Start("psql", Environment(token[..^1] + (token[^1] == '0' ? '1' : '0')),
            "-Atc", "select 1");

        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains("The IAM authentication failed for the role app.", finished.Errors);
    }

    [Fact]
    public async Task Simulate_explains_a_decision_statement_by_statement()
    {
        Task<FinishedProcess> Simulate(string user) => Start(
            "dotnet", Environment(null), SourceTree.SentoProgram, "iam", "simulate", "--config",
            ground.Proxy.ConfigurationFile, "--user", user, "--proxy", "prx-shop", "--db-user", "app");

        var allowed = await Simulate("fn");
        Assert.Equal(
            "allowed: rds-db:connect on arn:aws:rds-db:eu-central-1:123456789012:dbuser:prx-shop/app by "
            + "policy connect of user fn, statement 1\n"
            + "  policy connect of user fn, statement 1: Allow: matches",
            allowed.Output.TrimEnd());
        Assert.Equal(0, allowed.ExitCode);
        var denied = await Simulate("barred");
        Assert.Contains("with an explicit deny in an identity-based policy", denied.Output);
        Assert.Contains("policy not-from-here of user barred, statement 1: Deny: matches", denied.Output);
        Assert.Equal(1, denied.ExitCode);
    }

    private Task<FinishedProcess> Psql(string token) =>
        Succeed(Start("psql", Environment(token), "-Atc", "select current_user"));

    private Task<FinishedProcess> Run(string program, params string[] arguments) =>
        Succeed(Start(program, Environment(null), arguments));

    private static async Task<FinishedProcess> Succeed(Task<FinishedProcess> running)
    {
        var finished = await running;
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return finished;
    }

    private static Task<FinishedProcess> Start(
        string program, Dictionary<string, string?> environment, params string[] arguments) =>
        GuardedProcess.Run(new Recipe(program, arguments) { Environment = environment }, Patience);

    private Dictionary<string, string?> Environment(string? password) => new()
    {
        ["AWS_ACCESS_KEY_ID"] = IamGround.KeyId,
        ["AWS_SECRET_ACCESS_KEY"] = IamGround.Secret,
        ["AWS_REGION"] = IamGround.Region,
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["PGHOST"] = ground.Proxy.Host,
        ["PGPORT"] = $"{ground.Proxy.Port}",
        ["PGUSER"] = "app",
        ["PGDATABASE"] = "app",
        ["PGSSLMODE"] = "require",
        ["PGPASSWORD"] = password,
    };
}
