using Sento.Base;
using Sento.DataPlane.Auth;
using Sento.Identity.DbAuth;
using Sento.Model;

namespace Sento.Host.Aws;

/// <summary>Makes RDS's sign-in tokens for the targets of one proxy. Any thread.</summary>
/// <param name="roleArn">The role that signs in; null: whoever we are at AWS.</param>
internal sealed class RdsTokens(AwsKeyring keyring, string? roleArn) : ITargetTokens
{
    public SecretBytes? TryMake(TargetConfig target, string user, out string fault)
    {
        if ((target.Region ?? RegionOf(target.Host) ?? AwsAddress.Of("")?.Region) is not { } region)
        {
            fault = $"the region of {target.Host} is not known: say it by the target's Region, or AWS_REGION";
            return null;
        }
        // What the SDK says of it is for the log, which has it; not for a client.
        if (keyring.Find(roleArn) is not { } keys)
        {
            fault = $"there are no credentials of AWS's to sign in to {target.Host} with: the log says why";
            return null;
        }
        fault = "";
        using var secret = SecretBytes.FromText(keys.SecretKey);
        return SecretBytes.FromText(DbAuthTokenMaker.Make(
            target.Host, target.Port, region, user, keys.AccessKey, secret,
            keys.UseToken ? keys.Token : null, DateTimeOffset.UtcNow));
    }

    /// <summary>
    /// Of name.hash.REGION.rds.amazonaws.com, in China name.hash.rds.REGION.amazonaws.com.cn; null: it is no
    /// host of RDS's.
    /// </summary>
    internal static string? RegionOf(string host) => host.TrimEnd('.').ToLowerInvariant().Split('.') switch
    {
        [_, _, .., { Length: > 0 } region, "rds", "amazonaws", "com"] => region,
        [_, _, .., "rds", { Length: > 0 } region, "amazonaws", "com", "cn"] => region,
        _ => null,
    };
}
