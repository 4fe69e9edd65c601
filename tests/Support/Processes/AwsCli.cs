using System.Text.Json;

namespace Sento.Tests.Support.Processes;

/// <summary>
/// The distribution's own AWS CLI, or the one that SENTO_AWS_PYTHON can import. It needs a second to start
/// and a fifth of one for a call, so one process makes all calls.
/// </summary>
public sealed class AwsCli : IAsyncDisposable
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
            Environment.GetEnvironmentVariable("SENTO_AWS_PYTHON") ?? "/usr/bin/python3",
            SourceTree.At("tests", "Support", "Processes", "aws_calls.py"))
        {
            Environment = new Dictionary<string, string?> { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        },
        line => line.StartsWith("{\"code\"", StringComparison.Ordinal));

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
}
