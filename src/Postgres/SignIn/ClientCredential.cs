using System.Collections.Immutable;
using Sento.Base;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres.SignIn;

/// <summary>What we know of the user who wants to sign in.</summary>
public abstract class ClientCredential
{
    private ClientCredential()
    {
    }

    /// <summary>A secret holds the password.</summary>
    /// <param name="verifier">Of this password, from <see cref="ScramVerifierCache"/>.</param>
    /// <param name="others">Passwords that do as well, while they are being changed.</param>
    public sealed class Password(
        SecretBytes secret, ScramVerifier verifier,
        ImmutableArray<(SecretBytes Secret, ScramVerifier Verifier)> others = default) : ClientCredential
    {
        /// <summary>All have the same salt and count: which one is meant shows in the proof only.</summary>
        public ImmutableArray<(SecretBytes Secret, ScramVerifier Verifier)> Others { get; } =
            others.IsDefault ? [] : others;

        public SecretBytes Secret { get; } = secret;

        public ScramVerifier Verifier { get; } = verifier;
    }

    /// <summary>The database holds a verifier and has told it to us.</summary>
    public sealed class Stored(PasswordVerifier verifier) : ClientCredential
    {
        public PasswordVerifier Verifier { get; } = verifier;
    }

    /// <summary>Whoever a token lets in: there is no password.</summary>
    public sealed class TokenAlone : ClientCredential
    {
        public static TokenAlone Instance { get; } = new();
    }

    /// <summary>No such user, or none that may sign in. The client must not see that.</summary>
    /// <param name="kind">What a user who exists would have had: the work is made alike.</param>
    public sealed class Unknown(UnknownKind kind) : ClientCredential
    {
        public UnknownKind Kind { get; } = kind;
    }
}

public enum UnknownKind { Password, Stored }
