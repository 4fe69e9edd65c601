using System.Collections.Immutable;
using Sento.DataPlane.Auth;
using Sento.MySql.Wire;
using Sento.Transport.Tls;

namespace Sento.MySql.SignIn;

/// <summary>What decides one client's sign-in. Immutable.</summary>
internal sealed record ClientSignInTerms
{
    public required HandshakeResponse Response { get; init; }

    /// <summary>What the greeting named and what its salt was made for.</summary>
    public required string GreetingPlugin { get; init; }

    public required byte[] GreetingSalt { get; init; }

    /// <summary>
    /// The plugin that the configuration demands; null: the client's own, where we speak it.
    /// </summary>
    public string? Plugin { get; init; }

    /// <summary>
    /// Any of them is right; empty: there is no such user, and all goes on as if the password were wrong.
    /// </summary>
    public ImmutableArray<PasswordSecret> Secrets { get; init; } = [];

    /// <summary>
    /// What AuthQuery has found, for a user of whom no secret is known; a decoy where there is none.
    /// </summary>
    public AccountVerifier? Account { get; init; }

    /// <summary>What the same account's password was proved to be before; null: it was not.</summary>
    public PasswordSecret? Proven { get; init; }

    /// <summary>Why nobody can sign in as this user, for the log.</summary>
    public string? UnknownBecause { get; init; }

    /// <summary>Whether the password may, or must, be a token.</summary>
    public TokenUse Tokens { get; init; }

    /// <summary>There is no password: a token lets the client in.</summary>
    public bool IsByToken { get; init; }

    /// <summary>A certificate of the user's name is asked for, and no password.</summary>
    public bool IsByCertificate { get; init; }

    /// <summary>What the client has shown; null: nothing.</summary>
    public TlsPeer? Certificate { get; init; }

    /// <summary>What an unknown user is measured against.</summary>
    public required PasswordSecret Decoy { get; init; }

    public required RsaKeyPair Key { get; init; }

    /// <summary>See <see cref="Credentials.ParsecTerms"/>.</summary>
    public byte[] ParsecTerms { get; init; } = [];

    /// <summary>Nobody can listen: TLS or a Unix socket.</summary>
    public required bool IsPrivate { get; init; }

    public bool IsTls { get; init; }

    /// <summary>The sequence number of our next packet.</summary>
    public required byte Sequence { get; init; }
}
