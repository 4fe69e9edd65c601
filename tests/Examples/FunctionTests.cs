using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Examples;

/// <summary>
/// The functions of examples/ as they stand there: two calls of one execution environment, with TLS verified
/// and tokens signed by the stock AWS libraries, against a proxy that takes nothing else.
/// </summary>
public sealed class FunctionTests(FunctionGround ground) : IClassFixture<FunctionGround>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static TheoryData<string, string, string> Functions => new()
    {
        { "csharp", "dotnet", SourceTree.At("artifacts/bin/Function/release/Sento.Function.dll") },
        { "python", "/usr/bin/python3", SourceTree.At("examples", "lambda-python", "function.py") },
        { "node", "node", SourceTree.At("examples", "lambda-node", "index.mjs") },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Function_writes_and_reads_through_the_proxy_with_a_token(
        string name, string program, string file)
    {
        var finished = await Call(name, program, file, FunctionGround.Secret, calls: 2);

        Assert.True(finished.ExitCode == 0, finished.Errors);
        var answers = finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([1, 2], answers.Select(Visits));
        Assert.Equal(2L, await ground.Server.Execute($"select count(*) from visit where name = '{name}'"));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Function_with_another_secret_does_not_get_in(string name, string program, string file)
    {
        var finished = await Call(name + "-stranger", program, file, FunctionGround.Secret + "x", calls: 1);

        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains("The IAM authentication failed for the role app.", finished.Errors);
        Assert.Equal(
            0L, await ground.Server.Execute($"select count(*) from visit where name = '{name}-stranger'"));
    }

    private Task<FinishedProcess> Call(string name, string program, string file, string secret, int calls)
    {
        var events = string.Concat(Enumerable.Repeat($$"""{"name": "{{name}}"}\n""", calls));
        return GuardedProcess.Run(
            // A guarded process has no standard input of its own.
            new Recipe("sh", "-c", $"printf '%b' '{events}' | \"$@\"", "sh", program, file)
            {
                Environment = new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = FunctionGround.KeyId,
                    ["AWS_SECRET_ACCESS_KEY"] = secret,
                    ["AWS_REGION"] = FunctionGround.Region,
                    ["AWS_EC2_METADATA_DISABLED"] = "true",
                    ["DB_HOST"] = ground.Proxy.Host,
                    ["DB_PORT"] = $"{ground.Proxy.Port}",
                    ["DB_USER"] = "app",
                    ["DB_NAME"] = "app",
                    ["DB_CA_FILE"] = ground.AuthorityFile,
                },
            },
            Patience);
    }

    private static int Visits(string line)
    {
        using var answer = System.Text.Json.JsonDocument.Parse(line);
        return answer.RootElement.GetProperty("visits").GetInt32();
    }
}
