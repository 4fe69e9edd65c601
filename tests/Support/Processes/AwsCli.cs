using System.Text.Json;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.Support.Processes;

/// <summary>
/// One of the two AWS CLIs. It needs a second to start and a fifth of one for a call, so one process makes
/// all calls.
/// </summary>
/// <remarks>Installs nothing: tests/tools/install-needs does, and ./test calls it.</remarks>
public sealed class AwsCli(AwsCliKind kind) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Nothing of whoever runs the tests.</summary>
    private static readonly Dictionary<string, string?> Nobody = new()
    {
        ["AWS_ACCESS_KEY_ID"] = null,
        ["AWS_SECRET_ACCESS_KEY"] = null,
        ["AWS_SESSION_TOKEN"] = null,
        ["AWS_REGION"] = null,
        ["AWS_DEFAULT_REGION"] = null,
        ["AWS_PROFILE"] = null,
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_MAX_ATTEMPTS"] = "1",
        ["AWS_PAGER"] = "",
    };

    private readonly AskedProgram _program = new(
        new Recipe(
            Python(kind),
            SourceTree.At("tests", "Support", "Processes", "aws_calls.py"))
        {
            Environment = new Dictionary<string, string?> { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        },
        line => line.StartsWith("{\"code\"", StringComparison.Ordinal));

    /// <summary>What a person calls at a terminal.</summary>
    public static string Program(AwsCliKind kind) => Path.Combine(Folder(kind), "aws");

    /// <param name="environment">The credentials and the region; the rest is nobody's.</param>
    public async Task<FinishedProcess> Run(
        IReadOnlyDictionary<string, string?> environment, IEnumerable<string> arguments)
    {
        var variables = new Dictionary<string, string?>(Nobody);
        foreach (var (name, value) in environment)
            variables[name] = value;
        var call = JsonSerializer.Serialize(new { environment = variables, arguments });
        using var outcome = JsonDocument.Parse(await _program.Ask(call, Patience));
        return new FinishedProcess(
            outcome.RootElement.GetProperty("code").GetInt32(),
            outcome.RootElement.GetProperty("output").GetString()!,
            outcome.RootElement.GetProperty("errors").GetString()!);
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static string Python(AwsCliKind kind) =>
        kind == AwsCliKind.Current && Environment.GetEnvironmentVariable("SENTO_AWS_PYTHON") is { } other
            ? other
            : Path.Combine(Folder(kind), "python3");

    private static string Folder(AwsCliKind kind) => kind == AwsCliKind.Distribution
        ? "/usr/bin"
        : Path.Combine(ServerUser.CacheFolder(), "aws-cli", "bin");
}
