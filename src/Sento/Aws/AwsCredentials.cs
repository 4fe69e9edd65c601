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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, AWSCredentials> _roles = new(StringComparer.Ordinal);

    /// <param name="roleArn">The role to assume; null: none.</param>
    /// <exception cref="AwsFault">There are none, or the role does not trust us.</exception>
    public async Task<ImmutableCredentials> GetAsync(string? roleArn, CancellationToken cancellation)
    {
        try
        {
            return await FindAsync(roleArn).WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new AwsFault($"AWS's credentials were not found within {Patience.TotalSeconds} s");
        }
        // The SDK's edge: what it may throw beside its own exceptions is written nowhere.
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            var role = roleArn is null ? "" : $" for the role {roleArn}, which RoleArn names";
            throw new AwsFault($"no credentials of AWS's{role}: {fault.Message}");
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
