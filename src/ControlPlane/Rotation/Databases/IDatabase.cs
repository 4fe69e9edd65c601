using Sento.Base;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Rotation.Databases;

/// <summary>What a rotation asks of a database server. Each call makes a connection of its own.</summary>
internal interface IDatabase
{
    /// <summary>Characters of the longest user name.</summary>
    int UserNameCharactersMax { get; }

    /// <summary>Where it listens unless a secret says otherwise.</summary>
    int UsualPort { get; }

    /// <summary>Signs in and runs a trivial query.</summary>
    /// <returns>False: name or password are wrong. Anything else throws.</returns>
    /// <exception cref="RotationFault">The server can't be reached, or refuses for another
    /// reason.</exception>
    Task<bool> CanSignInAsync(DatabaseSecret login, CancellationToken cancellation);

    /// <summary>The user gives itself another password.</summary>
    Task ChangeOwnPasswordAsync(DatabaseSecret login, SecretBytes password, CancellationToken cancellation);

    /// <summary>
    /// Makes the user, with all that the other one may do, or gives it another password if it is there.
    /// </summary>
    /// <param name="master">A user who may do that.</param>
    Task PutUserAsync(
        DatabaseSecret master, string likeUser, string user, SecretBytes password,
        CancellationToken cancellation);
}
