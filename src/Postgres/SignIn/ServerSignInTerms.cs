using Sento.Base;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres.SignIn;

/// <summary>What we may prove to a database server.</summary>
public sealed class ServerCredential
{
    private ServerCredential(SecretBytes? password, ScramSecret? scram, PasswordVerifier.Md5? md5 = null)
    {
        Password = password;
        Scram = scram;
        Md5 = md5;
    }

    /// <summary>For servers that ask nothing, or take the TLS certificate.</summary>
    public static ServerCredential None { get; } = new(null, null);

    internal SecretBytes? Password { get; }

    internal ScramSecret? Scram { get; }

    /// <summary>What the server itself keeps of the password; good where it asks by MD5.</summary>
    internal PasswordVerifier.Md5? Md5 { get; }

    /// <param name="cache">The one that belongs to this password.</param>
    public static ServerCredential Of(SecretBytes password, ScramKeyCache cache) =>
        new(password, ScramSecret.Of(password, cache));

    /// <summary>
    /// A token, good for a quarter of an hour: sent in clear text, and so only where TLS is.
    /// </summary>
    public static ServerCredential OfToken(SecretBytes token) => new(token, null);

    /// <summary>
    /// Keys that a client has shown us: SCRAM only, and only where the server has this verifier.
    /// </summary>
    public static ServerCredential Of(ScramKeys keys, ScramVerifier verifier) =>
        new(null, ScramSecret.Of(keys, verifier));

    /// <summary>A role's MD5 verifier, which opens connections as the password does.</summary>
    public static ServerCredential Of(PasswordVerifier.Md5 verifier) => new(null, null, verifier);
}

/// <summary>
/// The weakest proof that a server may ask of us. A server in the middle would ask for the weakest.
/// </summary>
public enum ServerProof
{
    /// <summary>Anything; a password in clear text too, without TLS too.</summary>
    Anything,

    /// <summary>Anything, but a password in clear text only through TLS.</summary>
    ClearTextOverTls,

    /// <summary>SCRAM-SHA-256, where the server proves in turn that it knows the password.</summary>
    Scram,

    /// <summary>SCRAM-SHA-256-PLUS: nobody sits between the server and us.</summary>
    ScramBound,
}

/// <summary>How we sign in to a server.</summary>
public sealed record ServerSignInTerms
{
    public required string User { get; init; }

    public required string Database { get; init; }

    public required ServerCredential Credential { get; init; }

    public required bool IsTls { get; init; }

    /// <summary>Further parameters of the StartupMessage, in order; neither user nor database.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>Of the server's certificate, from <see cref="TlsServerEndPoint"/>; empty: none.</summary>
    public ReadOnlyMemory<byte> EndPointHash { get; init; }

    public ServerProof Proof { get; init; } = ServerProof.ClearTextOverTls;

    /// <summary>The x of protocol 3.x: 0, which every server speaks, or 2 for longer cancel keys.</summary>
    public int Minor { get; init; }
}
