using Sento.ControlPlane.Secrets;
using Sento.Base;
using Sento.Model;
using Sento.Vault;

namespace Sento.Host.Vaults;

/// <summary>The prefixes of SecretArn, and what they stand for.</summary>
internal static class SecretSources
{
    private const string Aws = "aws:";
    private const string File = "file:";
    private const string Environment = "env:";

    public static bool HasPrefix(string name) => name.StartsWith(Aws, StringComparison.Ordinal)
        || name.StartsWith(File, StringComparison.Ordinal)
        || name.StartsWith(Environment, StringComparison.Ordinal);

    /// <summary>Asking takes as long as a network does.</summary>
    public static bool IsFar(string name) => name.StartsWith(Aws, StringComparison.Ordinal);

    /// <summary>The source, and the secret's name there.</summary>
    public static (ISecretReader Reader, string Id) Of(
        string name, ISecretReader vault, Func<ISecretReader> aws)
    {
        if (IsFar(name))
            return (aws(), name[Aws.Length..]);
        if (name.StartsWith(File, StringComparison.Ordinal))
            return (new TextSecrets(ReadFile), name[File.Length..]);
        if (name.StartsWith(Environment, StringComparison.Ordinal))
            return (new TextSecrets(ReadEnvironment), name[Environment.Length..]);
        return (vault, name);
    }

    /// <summary>A database's secret out of the usual JSON.</summary>
    public static SecretConfig Parse(SecretValue value, string name)
    {
        using var login = DatabaseSecret.Read(value)
            ?? throw new SecretFault("its value is not JSON with username and password");
        return new SecretConfig(name, login.UserName,
            new SecretBytes(login.Password.Span)) { IsExternal = true };
    }

    private static string ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= SecretValue.BytesMax
                ? System.IO.File.ReadAllText(path)
                : throw new SecretFault($"{path} is longer than {SecretValue.BytesMax} bytes");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SecretFault(error.Message);
        }
    }

    private static string ReadEnvironment(string variable) =>
        System.Environment.GetEnvironmentVariable(variable)
        ?? throw new SecretFault($"the environment variable {variable} is not set");

    /// <summary>JSON from a file or a variable, as Docker and Kubernetes hand secrets out.</summary>
    private sealed class TextSecrets(Func<string, string> read) : ISecretReader
    {
        /// <summary>A fault is the task's, as a source far away has it.</summary>
        public async Task<SecretConfig> ReadAsync(
            string id, string name, DateTimeOffset now, CancellationToken cancellation)
        {
            await Task.CompletedTask;
            using var value = SecretValue.OfText(read(id).TrimEnd('\n'));
            return Parse(value, name);
        }
    }
}
