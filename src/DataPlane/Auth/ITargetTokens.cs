using Sento.Base;
using Sento.Model;

namespace Sento.DataPlane.Auth;

/// <summary>Makes the tokens that we sign in to targets with, where no secret does.</summary>
/// <remarks>
/// Called on the proxy's loop for each new server connection, and answers from memory: it never waits.
/// </remarks>
public interface ITargetTokens
{
    /// <param name="fault">Why there is none, without a secret.</param>
    /// <returns>Null: there are no credentials to make one with. The caller wipes it.</returns>
    SecretBytes? TryMake(TargetConfig target, string user, out string fault);
}
