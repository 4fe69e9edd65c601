using Sento.DataPlane.Auth;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres.SignIn;

public enum ClientSignInMethod
{
    ScramSha256,

    /// <summary>MD5; SCRAM where only a SCRAM verifier is known, as PostgreSQL does.</summary>
    Md5,

    /// <summary>In clear text; refused without TLS.</summary>
    Password,

    /// <summary>The common name of the TLS client certificate is the user.</summary>
    Certificate,

    /// <summary>Nothing is asked; refused from other machines.</summary>
    Trust,
}

/// <summary>How a client has to prove who it is. Immutable, as the user is.</summary>
public sealed record ClientSignInTerms
{
    public required ClientSignInMethod Method { get; init; }

    public required string User { get; init; }

    public required ClientCredential Credential { get; init; }

    /// <summary>
    /// From <see cref="ScramSalts.MockOf"/>, for every user: who has no verifier gets this one.
    /// </summary>
    public required ScramVerifier Mock { get; init; }

    /// <summary>A token that somebody else judges; asked for in clear text, through TLS.</summary>
    public TokenUse Tokens { get; init; }

    public required bool IsTls { get; init; }

    /// <summary>The client sits on this machine: loopback or a Unix socket.</summary>
    public bool IsLocal { get; init; }

    /// <summary>From <see cref="TlsServerEndPoint"/> of our certificate; empty: no channel binding.</summary>
    public ReadOnlyMemory<byte> EndPointHash { get; init; }

    /// <summary>
    /// Common name of the client's certificate, already verified against an authority; null: none.
    /// </summary>
    public string? CertificateName { get; init; }
}

/// <summary>Why a client was refused: for our log. The client is told less.</summary>
public enum SignInFailure
{
    None,
    ProtocolViolated,
    UserUnknown,
    PasswordWrong,
    PasswordEmpty,
    TlsMissing,
    ChannelBindingFailed,
    CertificateMissing,
    CertificateOfAnotherUser,
    TokenRefused,
    TokensTooMany,
    NotLocal,
}
