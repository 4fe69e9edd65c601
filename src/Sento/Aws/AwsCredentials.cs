using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Sento.Host.Aws;

/// <summary>
/// Whose name we speak in to AWS: what its SDK finds in the environment, a profile, a container or EC2, as
/// itself or as a role that it assumes. Renewed by the SDK before they expire. Any thread.
/// </summary>
internal sealed class AwsCredentials
{
    private const string SessionName = "sento";
    private const int MessageCharactersMax = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, AWSCredentials> _roles = new(StringComparer.Ordinal);

    /// <param name="roleArn">The role to assume; null: none.</param>
    /// <exception cref="AwsFault">There are none, or the role does not trust us.</exception>
    public async Task<ImmutableCredentials> GetAsync(string? roleArn, CancellationToken cancellation)
    {
        try
        {
            // The SDK looks in some places without giving its thread back.
            return await Task.Run(() => FindAsync(roleArn), cancellation).WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new AwsFault($"AWS's credentials were not found within {Patience.TotalSeconds} s");
        }
        // The SDK's edge: what it may throw beside its own exceptions is written nowhere, and its own
        // time-outs look as if somebody had cancelled.
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            var role = roleArn is null ? "" : $" for the role {roleArn}";
            var why = fault.Message.Length <= MessageCharactersMax
                ? fault.Message
                : fault.Message[..MessageCharactersMax] + "…";
            throw new AwsFault($"no credentials of AWS's{role}: {why}");
        }
    }

    private async Task<ImmutableCredentials> FindAsync(string? roleArn)
    {
        var own = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(null);
        var used = roleArn is null
            ? own
            : _roles.GetOrAdd(roleArn, arn => new AssumeRoleAWSCredentials(own, arn, SessionName));
        return await used.GetCredentialsAsync();
    }
}

/// <summary>AWS can't be asked, or refuses; says why, without a secret.</summary>
internal sealed class AwsFault(string message) : Exception(message);
