using Sento.Base;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// What we prove to a server: a password, or the keys that a client's own proof has given us.
/// </summary>
public sealed class ScramSecret
{
    private readonly ScramVerifier? _verifier;

    private ScramSecret(SecretBytes? password, ScramKeyCache? cache, ScramKeys? keys, ScramVerifier? verifier)
    {
        Password = password;
        Cache = cache;
        Keys = keys;
        _verifier = verifier;
    }

    /// <summary>Null when the keys are known.</summary>
    public SecretBytes? Password { get; }

    /// <summary>Null when the keys are known.</summary>
    public ScramKeyCache? Cache { get; }

    public ScramKeys? Keys { get; }

    /// <param name="cache">The one that belongs to this password.</param>
    public static ScramSecret Of(SecretBytes password, ScramKeyCache cache) =>
        new(password, cache, null, null);

    /// <param name="verifier">
    /// The one that the keys were proved against; good for servers that hold the same.
    /// </param>
    public static ScramSecret Of(ScramKeys keys, ScramVerifier verifier) => new(null, null, keys, verifier);

    /// <summary>
    /// False: known keys were made with another salt or count, so that their proof would be wrong.
    /// </summary>
    internal bool Fits(ReadOnlySpan<byte> salt, int iterations) =>
        _verifier is null || (_verifier.Iterations == iterations && salt.SequenceEqual(_verifier.Salt));
}
